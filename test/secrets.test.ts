import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { badHealth, goodRelease } from '../tasks/demo/stories.ts'
import { expectExit, withWorld } from './support/world.ts'
import { watchProcesses } from './support/processes.ts'

const apiKey = 'canary-key-5e0f9a7c1b'
const configVar = 'canary-config-83d1f0aa62'

test('no secret reaches an output, a file or an argument list', async () => {
  const options = { emulator: { token: apiKey }, configVars: { PAYMENT_SECRET: configVar } }
  await withWorld(options, async (world) => {
    const password = new URL(world.databaseUrl ?? '').password
    expect(password.length).toBeGreaterThan(7)
    const secrets = [apiKey, configVar, password, world.databaseUrl ?? '']
    const processes = watchProcesses()
    const outputs: string[] = []
    for (const story of [goodRelease, badHealth]) {
      const files = (await story.change?.((path) => world.repository.read(path))) ?? {}
      // What an app prints at boot and in its release phase is shown by the deploy.
      await world.repository.commit(story.tells, { ...files, 'release.js': printSecrets })
      const run = await world.deploy()
      expectExit(run, story.expectedExitCode)
      outputs.push(run.output)
    }
    outputs.push((await world.deploy('--dry-run', '--json')).output)
    outputs.push(
      (await world.run(['deploy', '--app', world.app], { environment: wrongHost(world.environment) })).output,
    )
    const commandLines = await processes.stop()
    for (const command of ['git', 'dbmate']) {
      const seen = [...commandLines].some((line) => line.includes(command))
      expect(seen || process.platform !== 'linux', `no process of ${command} was seen`).toBe(true)
    }

    const files = await readTree(world.repository.directory)
    for (const secret of secrets) {
      expect(outputs.filter((output) => output.includes(secret))).toEqual([])
      expect([...commandLines].filter((line) => line.includes(secret))).toEqual([])
      expect(files.filter(({ content }) => content.includes(secret)).map(({ path }) => path)).toEqual([])
    }
  })
})

const printSecrets = `console.log(process.env.DATABASE_URL, process.env.PAYMENT_SECRET)\n`

const wrongHost = (environment: Readonly<Record<string, string>>) => ({
  ...environment,
  HEROKU_HOST: 'http://127.0.0.1:1',
})

async function readTree(directory: string): Promise<{ path: string; content: Buffer }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map(async (path) => ({ path, content: await readFile(path) })),
  )
}
