import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defaultAssumptions } from './assumptions.ts'
import { failUnfinishedBuilds } from './build/builds.ts'
import { removeOrphanSlugs, shieldSlugs } from './build/slug-directory.ts'
import { createClock } from './clock.ts'
import type { ControlPlane } from './control-plane.ts'
import { createPlatform } from './create-platform.ts'
import { defaultDurations } from './durations.ts'
import { createFaults } from './faults.ts'
import { openServer } from './open-server.ts'
import { createOperations } from './operations.ts'
import type { Platform, PlatformAssumptions, PlatformDurations, Store } from './platform.ts'
import { createDatabases } from './postgres/databases.ts'
import { failUnfinishedReleases } from './releases/releases.ts'
import { createLogs } from './runtime/logs.ts'
import { freePort, isFree } from './runtime/free-port.ts'
import { startReaper } from './runtime/reaper.ts'
import { createRuntime } from './runtime/runtime.ts'
import { openStore } from './store.ts'
import { createTeardown, type Teardown } from './teardown.ts'
import { makeCertificate } from './tls/certificate.ts'
import { trustEnvironment } from './tls/trust.ts'

export interface EmulatorOptions {
  /** 0 or none: the port of this state's last run when it is still free, else any. */
  readonly port?: number
  /** Keeps apps, slugs and databases from run to run. Default: temporary, removed at close. */
  readonly stateDirectory?: string
  /** What every platform duration is multiplied by. Default 1. */
  readonly timeScale?: number
  /** Default: the one of this state's last run, else random. */
  readonly token?: string
  /** Durations that differ from Heroku's, in platform seconds. */
  readonly durations?: Partial<PlatformDurations>
  /** What Heroku does otherwise than is believed. */
  readonly assumptions?: Partial<PlatformAssumptions>
  /** Receives a line per request, and unexpected errors. */
  readonly log?: (line: string) => void
}

export interface Emulator {
  /** http://127.0.0.1:<port> */
  readonly url: string
  readonly token: string
  readonly port: number
  /** The certificate to trust for https on the same port, in PEM; a new one at each start. */
  readonly certificate: string
  /** What a user exports so that the Heroku CLI, git and Lockkeeper speak to this server. */
  readonly environment: Readonly<Record<string, string>>
  /** The inside, for tests. */
  readonly platform: Platform
  /** Stops everything that was started; resolves when no process is left. Calling it again waits for the same end. */
  close(): Promise<void>
}

/** Starts the emulator, with the apps of an existing state directory running again. Rejects with nothing left behind. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const teardown = createTeardown()
  try {
    const directory = options.stateDirectory ?? (await temporaryDirectory(teardown))
    const store = openStore(path.resolve(directory))
    const identity = readIdentity(store, options)
    await refuseSecond(store, directory)
    const port = await choosePort(options.port ?? 0, identity.port)
    const plane = await assemble(options, store, identity.token, `http://127.0.0.1:${port}`, teardown)
    settleUnfinished(plane)
    const certificate = makeCertificate()
    const address = `https://127.0.0.1:${port}`
    const trust = await trustEnvironment(store.directory, certificate.certificatePem, address)
    const server = await openServer(plane, port, certificate, options.log ?? (() => undefined))
    teardown.add(() => server.close())
    store.write('identity', { token: identity.token, port })
    await resume(plane)
    return describe(plane, port, certificate.certificatePem, trust, teardown)
  } catch (error) {
    await teardown.run()
    throw error
  }
}

interface Identity {
  readonly token: string
  readonly port: number
}

function readIdentity(store: Store, options: EmulatorOptions): Identity {
  const known = store.read<Identity>('identity')
  return { token: options.token ?? known?.token ?? randomUUID(), port: known?.port ?? 0 }
}

/** Two emulators would overwrite each other's documents and end each other's Postgres. */
async function refuseSecond(store: Store, directory: string): Promise<void> {
  const last = store.read<Identity>('identity')
  if (last === undefined) return
  const answers = await fetch(`http://127.0.0.1:${last.port}/account`, {
    headers: { Authorization: `Bearer ${last.token}` },
    signal: AbortSignal.timeout(2000),
  }).then(
    (response) => response.ok,
    () => false,
  )
  if (answers) throw new Error(`Another emulator runs on ${directory}, at http://127.0.0.1:${last.port}`)
}

async function temporaryDirectory(teardown: Teardown): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-emulator-'))
  teardown.add(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

async function assemble(
  options: EmulatorOptions,
  store: Store,
  token: string,
  baseUrl: string,
  teardown: Teardown,
): Promise<ControlPlane> {
  shieldSlugs(store)
  const clock = createClock(options.timeScale ?? 1)
  const durations = { ...defaultDurations, ...options.durations }
  const reaper = startReaper()
  teardown.add(() => reaper.close())
  const databases = await createDatabases({ directory: store.directory, reaper })
  teardown.add(() => databases.close())
  const shared = {
    clock,
    durations,
    assumptions: { ...defaultAssumptions, ...options.assumptions },
    store,
    logs: createLogs(clock),
    operations: createOperations(),
    faults: createFaults(),
  }
  const runtime = createRuntime({ ...shared, reaper })
  teardown.add(() => runtime.close())
  const plane = createPlatform({ ...shared, token, runtime, databases, watch: reaper, baseUrl })
  teardown.add(() => plane.builds.close())
  return plane
}

/** A port keeps over restarts, so that git remotes go on working. */
async function choosePort(asked: number, last: number): Promise<number> {
  if (asked !== 0) return asked
  return last !== 0 && (await isFree(last)) ? last : await freePort()
}

/** What a former emulator was killed in the middle of has failed. */
function settleUnfinished(plane: ControlPlane): void {
  for (const app of plane.store.apps()) {
    // Killed while the app was being created, before anybody was told of it.
    if (app.currentVersion === 0) {
      plane.store.removeApp(app)
      continue
    }
    failUnfinishedBuilds(plane, app)
    failUnfinishedReleases(plane, app)
  }
  removeOrphanSlugs(plane.store)
}

/** The apps of a former emulator run again. */
async function resume(plane: ControlPlane): Promise<void> {
  for (const app of plane.store.apps()) {
    await plane.runtime.openRouter(app)
    if (plane.releases.current(app).slugId !== null) await plane.runtime.apply(app, 'release')
  }
}

function describe(
  plane: ControlPlane,
  port: number,
  certificate: string,
  trust: Readonly<Record<string, string>>,
  teardown: Teardown,
): Emulator {
  return {
    url: plane.baseUrl,
    token: plane.token,
    port,
    certificate,
    environment: {
      HEROKU_HOST: plane.baseUrl,
      HEROKU_DATA_HOST: '127.0.0.1',
      HEROKU_GIT_HOST: `127.0.0.1:${port}`,
      HEROKU_API_KEY: plane.token,
      HEROKU_PARTICLEBOARD_URL: plane.baseUrl,
      LOCKKEEPER_TIME_SCALE: String(plane.clock.timeScale),
      DISABLE_TELEMETRY: 'true',
      ...trust,
    },
    platform: plane,
    close: () => teardown.run(),
  }
}
