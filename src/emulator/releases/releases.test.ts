import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClock } from '../clock.ts'
import { defaultDurations } from '../durations.ts'
import type { App, Attachment, Slug } from '../model.ts'
import { newApp } from '../new-app.ts'
import { createOperations } from '../operations.ts'
import type {
  OneOff,
  OneOffOptions,
  OutputStreams,
  PlatformDurations,
  Releases,
  Runtime,
  Store,
} from '../platform.ts'
import { createLogs } from '../runtime/logs.ts'
import { openStore } from '../store.ts'
import { createStreams } from '../streams.ts'
import { createReleases } from './releases.ts'
import { eligibleForRollback, rollBack } from './roll-back.ts'

interface StartedCommand extends OneOffOptions {
  readonly version: number
  end(status: number): void
}

let directory: string
let store: Store
let streams: OutputStreams
let releases: Releases
let app: App
let commands: StartedCommand[]
let applied: string[]
let durations: { -readonly [name in keyof PlatformDurations]: number }

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'releases-'))
  store = openStore(directory)
  streams = createStreams(path.join(directory, 'streams'))
  commands = []
  applied = []
  durations = { ...defaultDurations }
  const clock = createClock(0.001)
  const runtime = fakeRuntime()
  const account = { id: 'a', email: 'developer@example.com', createdAt: clock.now() }
  const parts = { clock, durations, store, streams, runtime, account }
  releases = createReleases({ ...parts, logs: createLogs(clock), operations: createOperations() })
  app = newApp('canal', new Date().toISOString())
  store.saveApp(app)
  releases.create(app, { description: 'Initial release' })
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function fakeRuntime(): Runtime {
  return {
    apply: async (_app, reason) => void applied.push(reason),
    runOneOff: async (_app, release, options) => {
      let end = (_status: number) => {}
      const exited = new Promise<number>((resolve) => (end = resolve))
      commands.push({ ...options, version: release.version, end })
      return { exited, kill: () => end(137) } as OneOff
    },
  } as Partial<Runtime> as Runtime
}

function deploy(processTypes: Record<string, string>) {
  const id = `slug-${app.slugs.length + 1}`
  const facts = { commit: null, commitDescription: null, buildpack: 'procfile', checksum: null, sizeBytes: 0 }
  const slug: Slug = { id, processTypes, createdAt: '', ...facts }
  app.slugs.push(slug)
  return releases.create(app, { description: `Deploy ${id}`, slugId: id })
}

async function command(count: number): Promise<StartedCommand> {
  const deadline = Date.now() + 5000
  while (commands.length < count) {
    if (Date.now() > deadline) throw new Error(`The release command number ${count} never started`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return commands[count - 1] as StartedCommand
}

test('without a command a release has succeeded at once', () => {
  const { release } = deploy({ web: 'run' })
  expect(release).toMatchObject({ version: 2, status: 'succeeded', outputStreamId: null })
  expect(app).toMatchObject({ currentVersion: 2, formation: { web: { quantity: 1 } } })
  expect(applied).toEqual(['release'])
})

test('with one it is pending until the command has ended with 0; its output is kept', async () => {
  const { release, settled } = deploy({ web: 'run', release: 'migrate' })
  expect(release.status).toBe('pending')
  expect(app.currentVersion).toBe(1)
  const running = await command(1)
  expect(running).toMatchObject({ command: 'migrate', type: 'release', version: 2 })
  running.onOutput?.(Buffer.from([0xc3]))
  running.onOutput?.(Buffer.from([0xbc]))
  running.end(0)
  expect((await settled).status).toBe('succeeded')
  expect(app.currentVersion).toBe(2)
  expect(
    streams
      .open(release.outputStreamId ?? '')
      ?.content()
      .toString(),
  ).toBe('ü')
})

test('a failed release never becomes current, and what follows rests on the one before', async () => {
  deploy({ web: 'run', worker: 'work' })
  const { settled } = deploy({ web: 'other', release: 'false' })
  ;(await command(1)).end(1)
  expect((await settled).status).toBe('failed')
  expect(app).toMatchObject({ currentVersion: 2, formation: { worker: { quantity: 0 } } })
  expect(releases.create(app, { description: 'Set A config vars' }).release.slugId).toBe('slug-1')
})

test('releases of an app run one after another', async () => {
  const first = deploy({ web: 'run', release: 'one' })
  const second = deploy({ web: 'run', release: 'two' })
  const third = releases.create(app, { description: 'Set A config vars', slugId: null })
  await command(1)
  expect([first, second, third].map(({ release }) => release.status)).toEqual([
    'pending',
    'pending',
    'pending',
  ])
  expect(commands).toHaveLength(1)
  expect(streams.open(first.release.outputStreamId ?? '')).toBeDefined()
  expect(streams.open(second.release.outputStreamId ?? '')).toBeUndefined()
  commands[0]?.end(1)
  ;(await command(2)).end(0)
  expect((await third.settled).status).toBe('succeeded')
  expect([first, second].map(({ release }) => release.status)).toEqual(['failed', 'succeeded'])
  expect(app.currentVersion).toBe(4)
})

test('a command over its limit is killed, and its release fails', async () => {
  durations.releasePhaseLimit = 10
  const { settled } = deploy({ web: 'run', release: 'sleep' })
  expect((await settled).status).toBe('failed')
})

test('process types that vanish leave the formation, and come back with none', async () => {
  const { release: first } = deploy({ web: 'run', worker: 'work' })
  const worker = app.formation['worker']
  if (worker !== undefined) worker.quantity = 3
  deploy({ web: 'run' })
  expect(Object.keys(app.formation)).toEqual(['web'])
  rollBack(store, releases, app, first)
  expect(app.formation).toMatchObject({ web: { quantity: 1 }, worker: { quantity: 0 } })
})

test('a roll-back takes slug and config vars back, but not what attachments own', () => {
  const attachment: Attachment = { id: 'x', name: 'DATABASE', addonId: 'y', appId: app.id, createdAt: '' }
  app.configVars = { DATABASE_URL: 'old', A: '1', B: '2' }
  const { release } = deploy({ web: 'run' })
  store.saveAttachment(attachment)
  app.configVars = { DATABASE_URL: 'new', A: '3', C: '4' }
  deploy({ web: 'run' })
  const back = rollBack(store, releases, app, release).release
  expect(back).toMatchObject({ version: 4, description: 'Rollback to v2', slugId: 'slug-1' })
  expect(back.configVars).toEqual({ DATABASE_URL: 'new', A: '1', B: '2' })
  expect(app.configVars).toEqual(back.configVars)
})

test('a roll-back runs the release command of the old slug; failed and empty releases are not eligible', async () => {
  const { release, settled } = deploy({ web: 'run', release: 'old command' })
  ;(await command(1)).end(0)
  await settled
  const failed = deploy({ web: 'run', release: 'new command' })
  ;(await command(2)).end(1)
  await failed.settled
  rollBack(store, releases, app, release)
  expect(await command(3)).toMatchObject({ command: 'old command', version: 4 })
  expect(eligibleForRollback(app, failed.release)).toBe(false)
  expect(() => rollBack(store, releases, app, failed.release)).toThrow(
    expect.objectContaining({ status: 422 }),
  )
})
