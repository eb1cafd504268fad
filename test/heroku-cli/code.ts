import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Check } from './cli.ts'
import { checkOneOffs, checkProcesses } from './dynos.ts'
import { checkPipelines } from './pipelines.ts'
import { checkReleases } from './releases.ts'
import type { World } from './world.ts'

const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end(process.env.HEROKU_RELEASE_VERSION)).listen(process.env.PORT)
console.log('listening')
process.on('SIGTERM', () => process.exit(0))
`
const worker = "setInterval(() => console.log('still working'), 1000)\n"
const Procfile = `web: node server.js
worker: node worker.js
release: echo migrating for $HEROKU_RELEASE_VERSION
`

/** An app with code, from the first push to its promotion. */
export async function checkCode(world: World, check: Check): Promise<void> {
  const app = ['--app', 'canal']
  await checkPush(world, check, app)
  await checkProcesses(world, check, app)
  await checkOneOffs(world, check, app)
  await checkReleases(world, check, app)
  await checkPipelines(world, check)
}

async function checkPush(world: World, check: Check, app: string[]): Promise<void> {
  const address = `https://${world.environment['HEROKU_GIT_HOST']}/canal.git`
  await world.commit({ 'server.js': server, 'worker.js': worker, Procfile })
  await check('apps:create', ['create', 'canal'], {
    prints: [/Creating .*canal.*done/],
    effect: async () =>
      assert.match(await readFile(path.join(world.repository, '.git/config'), 'utf8'), /canal\.git/),
  })
  await check('git:remote', ['git:remote', ...app], {
    prints: [new RegExp(`set git remote heroku to ${address}`)],
  })
  await check('git:credentials', ['git:credentials', 'get'], {
    input: `protocol=https\nhost=${world.environment['HEROKU_GIT_HOST']}\n\n`,
    prints: [/^username=heroku$/m, new RegExp(`^password=${world.environment['HEROKU_API_KEY']}$`, 'm')],
  })
  // The token comes from the credential helper, the trust from the exported environment.
  await check('git push', ['push', 'heroku', 'main'], {
    prints: [/remote: -----> /, /migrating for v3/, /Waiting for release\.+ done/, /main -> main/],
    effect: () => serves(world, 'canal', 'v3'),
  })
  await check('git push', ['push', 'heroku', 'main'], { prints: [/Everything up-to-date/] })
  await check('git:clone', ['git:clone', 'copy', ...app], {
    effect: async () =>
      assert.equal(await readFile(path.join(world.repository, 'copy/Procfile'), 'utf8'), Procfile),
  })
}

/** Waits until the app's own address answers with the version of a release. */
export async function serves(world: World, app: string, version: string): Promise<void> {
  const { web_url: address } = await world.get<{ web_url: string }>(`/apps/${app}`)
  await world.eventually(`${app} serving ${version}`, async () => {
    const text = await (await fetch(address)).text()
    return text === version ? true : undefined
  })
}
