import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectClient } from '../../test/support/heroku-client.ts'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { herokuAddresses } from '../config/addresses.ts'
import { createTiming } from '../config/timing.ts'
import { startEmulator, type Emulator } from '../emulator/index.ts'
import { checkAccount } from './account.ts'
import { resolveDatabase, type Database } from './addons.ts'
import { getApp, setMaintenance } from './apps.ts'
import { captureBackup, listTransfers, restoreBackup, waitForTransfer } from './backups.ts'
import { createSourceBuild, listBuilds, waitForBuild } from './builds.ts'
import type { HerokuClient } from './client.ts'
import { getConfigVars } from './config-vars.ts'
import { listDynos } from './dynos.ts'
import { isPrebootEnabled, setPreboot } from './features.ts'
import { getFormation, scale } from './formation.ts'
import { pushToHeroku, remoteMainCommit, repositoryUrl, withArchive } from './git.ts'
import { followLogs } from './logs.ts'
import { currentRelease, listReleases, releasesAfter, rollBackTo } from './releases.ts'
import { getSlug } from './slugs.ts'
import { waitForRelease } from './wait-for-release.ts'

const app = 'client-test'
const timeScale = 0.02
let emulator: Emulator
let client: HerokuClient
let repository: TestRepository

beforeAll(async () => {
  emulator = await startEmulator({ timeScale })
  client = connectClient(emulator.url, {
    token: emulator.token,
    timing: createTiming(timeScale),
    callTimeout: 20,
  })
  repository = await createTestRepository()
  await client.request('POST', '/apps', { body: { name: app } })
}, 60_000)
afterAll(async () => {
  client.close()
  await repository.remove()
  await emulator.close()
})

const server = `require('node:http').createServer((request, response) => response.end('VERSION')).listen(process.env.PORT)\n`

/** Commits an app whose release command prints a line and ends as told. */
async function commitApp(version: string, release = 'echo migrated'): Promise<string> {
  await repository.write('Procfile', `web: node server.js\nrelease: ${release}\n`)
  return repository.commit(server.replace('VERSION', version), 'server.js')
}

async function push(
  commit: string,
): Promise<{ pushed: Awaited<ReturnType<typeof pushToHeroku>>; output: string }> {
  const { gitUrl } = herokuAddresses(emulator.environment)
  let output = ''
  const pushed = await pushToHeroku({
    root: repository.root,
    commit,
    url: repositoryUrl(gitUrl, app),
    token: emulator.token,
    onOutput: (text) => (output += text),
    deadline: 60,
  })
  return { pushed, output }
}

describe('against the emulator', () => {
  test('the key is accepted, a wrong one is not', async () => {
    expect((await checkAccount(client)).email).toContain('@')
    const wrong = connectClient(emulator.url, { token: 'wrong' })
    await expect(checkAccount(wrong)).rejects.toMatchObject({ status: 401 })
    await expect(getApp(client, 'nothing-of-the-kind')).rejects.toMatchObject({ exitCode: 7 })
    wrong.close()
  })

  test('a push makes a release, whose output and slug are read', async () => {
    const before = (await listReleases(client, app, { newest: 1 }))[0]?.version ?? 0
    const commit = await commitApp('one')
    const { pushed, output } = await push(commit)
    expect(pushed).toEqual({ upToDate: false })
    expect(output).toContain('----->')
    const [made] = await releasesAfter(client, app, before)
    expect(made).toBeDefined()
    let said = ''
    const release = await waitForRelease(client, app, made?.id ?? '', {
      deadline: 600,
      onOutput: (text) => (said += text),
    })
    expect(release.status).toBe('succeeded')
    expect(said).toContain('migrated')
    expect(await currentRelease(client, app)).toMatchObject({ version: release.version })
    expect(await getSlug(client, app, release.slugId ?? '')).toMatchObject({ commit })
    const { gitUrl } = herokuAddresses(emulator.environment)
    const url = repositoryUrl(gitUrl, app)
    expect(await remoteMainCommit({ root: repository.root, url, token: emulator.token })).toBe(commit)
    expect((await push(commit)).pushed).toEqual({ upToDate: true })
  })

  test('a failed release is told, and the one before stays current', async () => {
    const before = await currentRelease(client, app)
    await push(await commitApp('two', 'echo no good && exit 1'))
    const [made] = await releasesAfter(client, app, before.version)
    const release = await waitForRelease(client, app, made?.id ?? '', { deadline: 600 })
    expect(release).toMatchObject({ status: 'failed', current: false })
    expect((await currentRelease(client, app)).version).toBe(before.version)
  })

  test('a tarball is built, and its release rolled back', async () => {
    const before = await currentRelease(client, app)
    const commit = await commitApp('three')
    const build = await withArchive(repository.root, commit, (tarball) =>
      createSourceBuild(client, app, { tarball, version: commit }),
    )
    let output = ''
    const built = await waitForBuild(client, app, build.id, {
      deadline: 900,
      onOutput: (text) => (output += text),
    })
    expect(built).toMatchObject({ status: 'succeeded', commit })
    expect(output).toContain('----->')
    expect((await listBuilds(client, app))[0]).toMatchObject({ id: build.id })
    const release = await waitForRelease(client, app, built.releaseId ?? '', { deadline: 600 })
    expect(release.status).toBe('succeeded')
    const back = await rollBackTo(client, app, before, { after: release.version })
    const ended = await waitForRelease(client, app, back.id, { deadline: 600 })
    expect(ended).toMatchObject({ status: 'succeeded', slugId: before.slugId })
    expect(await currentRelease(client, app)).toMatchObject({
      description: `Rollback to v${String(before.version)}`,
    })
  })

  test('dynos come and go, and the router is heard', async () => {
    await scale(client, app, [{ type: 'web', quantity: 1 }])
    await expect
      .poll(() => listDynos(client, app), { timeout: 20_000 })
      .toMatchObject([{ type: 'web', state: 'up' }])
    const stop = new AbortController()
    const lines: string[] = []
    const connected = new Promise<void>((resolve) => {
      void followLogs(client, app, {
        source: 'heroku',
        dyno: 'router',
        signal: stop.signal,
        onLine: (line) => lines.push(line),
        onConnected: resolve,
      })
    })
    await connected
    const { webUrl } = await getApp(client, app)
    expect(await (await fetch(webUrl ?? '')).text()).toBe('one')
    await setMaintenance(client, app, true)
    expect((await fetch(webUrl ?? '')).status).toBe(503)
    await setMaintenance(client, app, false)
    await expect.poll(() => lines.join('\n'), { timeout: 10_000 }).toContain('code=H80')
    stop.abort()
    await scale(client, app, [{ type: 'web', quantity: 0 }])
    expect((await getFormation(client, app)).find(({ type }) => type === 'web')?.quantity).toBe(0)
    await expect.poll(() => listDynos(client, app), { timeout: 20_000 }).toEqual([])
  })

  test('preboot is switched', async () => {
    expect(await isPrebootEnabled(client, app)).toBe(false)
    await setPreboot(client, app, true)
    expect(await isPrebootEnabled(client, app)).toBe(true)
  })
})

describe('a database of the emulator', () => {
  let database: Database

  beforeAll(async () => {
    await expect(resolveDatabase(client, app, 'DATABASE')).rejects.toMatchObject({ exitCode: 7 })
    await client.request('POST', `/apps/${app}/addons`, { body: { plan: 'heroku-postgresql:standard-0' } })
    const resolved = () => resolveDatabase(client, app, 'DATABASE_URL')
    database = await vi.waitFor(resolved, { timeout: 60_000, interval: 100 })
  }, 120_000)

  test('is resolved to its add-on and its connection string', async () => {
    expect(database).toMatchObject({
      billingApp: app,
      configVar: 'DATABASE_URL',
      plan: 'heroku-postgresql:standard-0',
    })
    expect(database.url).toMatch(/^postgres:\/\//)
    expect(await getConfigVars(client, app)).toMatchObject({ DATABASE_URL: database.url })
  })

  test('is backed up and restored', async () => {
    const started = await captureBackup(client, database)
    const backup = await waitForTransfer(client, database.billingApp, started.uuid, { deadline: 3600 })
    expect(backup).toMatchObject({ kind: 'backup', name: 'b001', succeeded: true, warnings: 0 })
    const restoring = await restoreBackup(client, database, backup)
    const restore = await waitForTransfer(client, database.billingApp, restoring.uuid, { deadline: 3600 })
    expect(restore).toMatchObject({ kind: 'restore', name: 'r002', succeeded: true })
    expect((await listTransfers(client, app)).map(({ name }) => name)).toEqual(['r002', 'b001'])
  })
})
