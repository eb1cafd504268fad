import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { slugDirectory } from '../../src/emulator/build/slug-directory.ts'
import { defaultAssumptions } from '../../src/emulator/assumptions.ts'
import { createClock } from '../../src/emulator/clock.ts'
import { defaultDurations } from '../../src/emulator/durations.ts'
import { createFaults, type FaultSettings } from '../../src/emulator/faults.ts'
import type { App } from '../../src/emulator/model.ts'
import { newApp } from '../../src/emulator/new-app.ts'
import { createOperations } from '../../src/emulator/operations.ts'
import type {
  Logs,
  Operations,
  PlatformAssumptions,
  PlatformDurations,
  Runtime,
  Store,
} from '../../src/emulator/platform.ts'
import { createLogs } from '../../src/emulator/runtime/logs.ts'
import { startReaper, type Reaper } from '../../src/emulator/runtime/reaper.ts'
import { createRuntime } from '../../src/emulator/runtime/runtime.ts'
import { openStore } from '../../src/emulator/store.ts'
import { webServer } from './web-server.ts'

/** A runtime with a store of its own, and the means to give it apps. */
export interface TestRuntime {
  readonly runtime: Runtime
  readonly store: Store
  readonly logs: Logs
  readonly operations: Operations
  readonly faults: FaultSettings
  readonly reaper: Reaper
  /** An app without a release. */
  emptyApp(name?: string): App
  /** An app with one release and its router; its dynos start with apply. */
  app(options?: ReleaseOptions): Promise<App>
  /** Appends a release and makes it current, without applying it. */
  release(app: App, options?: ReleaseOptions): void
  /** The messages of the app's log. */
  messages(app: App, filter?: Parameters<Logs['recent']>[1]): readonly string[]
}

export interface ReleaseOptions {
  /** Default: a web server that knows many bad habits. */
  readonly processTypes?: Readonly<Record<string, string>>
  readonly quantities?: Readonly<Record<string, number>>
  readonly configVars?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly preboot?: boolean
}

export interface TestRuntimeOptions {
  readonly timeScale?: number
  readonly durations?: Partial<PlatformDurations>
  readonly assumptions?: Partial<PlatformAssumptions>
  readonly spread?: 'random' | 'round-robin'
}

/** Generous for a boot on a busy machine: 12 seconds at the usual time scale. */
const patientDurations: PlatformDurations = {
  ...defaultDurations,
  bootTimeout: 600,
  bootQueue: 600,
  stopGrace: 150,
}

export async function withRuntime(
  options: TestRuntimeOptions,
  use: (test: TestRuntime) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-runtime-'))
  const reaper = startReaper()
  const test = createTestRuntime(directory, reaper, options)
  try {
    await use(test)
  } finally {
    await test.runtime.close()
    await reaper.close()
    await rm(directory, { recursive: true, force: true })
  }
}

export function createTestRuntime(
  directory: string,
  reaper: Reaper,
  options: TestRuntimeOptions,
): TestRuntime {
  const clock = createClock(options.timeScale ?? 0.02)
  const store = openStore(directory)
  const logs = createLogs(clock)
  const operations = createOperations()
  const faults = createFaults()
  const durations = { ...patientDurations, ...options.durations }
  const spread = options.spread ?? 'random'
  const assumptions = { ...defaultAssumptions, ...options.assumptions }
  const parts = { store, clock, durations, assumptions, logs, operations, faults, reaper, spread }
  const runtime = createRuntime(parts)
  return {
    runtime,
    store,
    logs,
    operations,
    faults,
    reaper,
    emptyApp: (name) => emptyApp(store, name),
    async app(release = {}) {
      const app = emptyApp(store)
      addRelease(store, app, release)
      await runtime.openRouter(app)
      return app
    },
    release: (app, release = {}) => addRelease(store, app, release),
    messages: (app, filter = {}) => logs.recent(app.id, filter).map((line) => line.message),
  }
}

function emptyApp(store: Store, name = `app-${randomUUID().slice(0, 8)}`): App {
  const app = newApp(name, new Date().toISOString())
  store.saveApp(app)
  return app
}

function addRelease(store: Store, app: App, options: ReleaseOptions): void {
  const now = new Date().toISOString()
  const slugId = randomUUID()
  const directory = slugDirectory(store, slugId)
  mkdirSync(directory, { recursive: true })
  for (const [file, text] of Object.entries({ 'server.cjs': webServer, ...options.files })) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), text, { mode: 0o755 })
  }
  const processTypes = options.processTypes ?? { web: 'node server.cjs' }
  app.slugs.push({
    id: slugId,
    commit: 'c0ffee',
    commitDescription: 'A change',
    processTypes,
    buildpack: 'Node.js',
    checksum: null,
    sizeBytes: 1,
    createdAt: now,
  })
  const version = (app.releases.at(-1)?.version ?? 0) + 1
  app.releases.push({
    id: randomUUID(),
    version,
    description: 'Deploy',
    status: 'succeeded',
    slugId,
    configVars: options.configVars ?? {},
    outputStreamId: null,
    addonPlanNames: [],
    createdAt: now,
    updatedAt: now,
  })
  app.currentVersion = version
  app.preboot = options.preboot ?? app.preboot
  setQuantities(app, options.quantities ?? (version === 1 ? { web: 1 } : {}))
  store.saveApp(app)
}

export function setQuantities(app: App, quantities: Readonly<Record<string, number>>): void {
  const now = new Date().toISOString()
  for (const [type, quantity] of Object.entries(quantities)) {
    const known = app.formation[type]
    if (known !== undefined) known.quantity = quantity
    else
      app.formation[type] = {
        id: randomUUID(),
        quantity,
        size: 'Standard-1X',
        createdAt: now,
        updatedAt: now,
      }
  }
}

/** Waits until the condition holds; fails with its description after the deadline, in milliseconds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadline = 20_000,
): Promise<void> {
  const end = performance.now() + deadline
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not within ${deadline} ms: ${what}`)
    await wait(10)
  }
}
