import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { withEmulator, type EmulatorProcess, type EmulatorSettings } from './emulator.ts'
import { readExample, type ExampleVariant, type Files } from './example-files.ts'
import { startLoad, type Load } from './load.ts'
import { createApp, createPlatformClient, scale, type PlatformClient } from './platform.ts'
import { projectDirectory } from './project.ts'
import { createRepository, gitEnvironment, type Repository } from './repository.ts'
import { runLockkeeper, type LockkeeperRun, type RunOptions } from './run-lockkeeper.ts'
import { takeSnapshot, type Snapshot } from './snapshot.ts'
import { withTemporaryDirectory } from './temporary.ts'

export interface WorldOptions {
  readonly variant: ExampleVariant
  readonly emulator: EmulatorSettings
  readonly preboot: boolean
  readonly formation: Readonly<Record<string, number>>
  /** The plan of the database; null for an app without one. */
  readonly plan: string | null
  readonly configVars?: Readonly<Record<string, string>>
  /** Changes the example's files before the first commit. */
  readonly files?: Files
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** An app on the emulator, a user's checkout of it, and the commands that the user types. */
export interface World {
  readonly app: string
  readonly emulator: EmulatorProcess
  readonly client: PlatformClient
  readonly webUrl: string
  /** null when the app has no database. */
  readonly databaseUrl: string | null
  readonly repository: Repository
  /** Holds everything of this world on disk: removed afterwards. */
  readonly directory: string
  /** What `lockkeeper` sees: PATH, HOME and the emulator's variables, nothing of the machine's own. */
  readonly environment: Readonly<Record<string, string>>
  /** Runs `lockkeeper` in the checkout. */
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<LockkeeperRun>
  /** Deploys the checkout to the app. */
  deploy(...args: string[]): Promise<LockkeeperRun>
  rollback(...args: string[]): Promise<LockkeeperRun>
  snapshot(): Promise<Snapshot>
  /** Sets a fault of the platform or of one of its HTTP routes. */
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>
  withLoad<T>(requestsPerSecond: number, use: (load: Load) => Promise<T>): Promise<T>
}

/** Builds a world for `use`; no process and no file of it is left afterwards. The app is not deployed yet. */
export async function withWorld<T>(options: WorldOptions, use: (world: World) => Promise<T>): Promise<T> {
  return withTemporaryDirectory((directory) =>
    withEmulator({ ...options.emulator, stateDirectory: join(directory, 'emulator') }, async (emulator) =>
      use(await createWorld(directory, emulator, options)),
    ),
  )
}

/** Brings formation and preboot to what the options say; the process types exist once the app has been deployed. */
export async function scaleAsWanted({ client, app }: World, options: WorldOptions): Promise<void> {
  await scale(client, app, options.formation)
  if (options.preboot) await client.request('PATCH', `/apps/${app}/features/preboot`, { enabled: true })
}

const variantSettings = {
  npm: { NPM_CONFIG_AUDIT: 'false' },
  // Without a package.json, Node finds out by itself that the files are modules, and says so each time.
  plain: { NODE_OPTIONS: '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON' },
  django: {},
  alembic: {},
} as const

async function createWorld(
  directory: string,
  emulator: EmulatorProcess,
  options: WorldOptions,
): Promise<World> {
  const app = 'parcels'
  const client = createPlatformClient(emulator)
  const { web_url: webUrl } = await createApp(client, app, options.plan)
  const settings = { ...variantSettings[options.variant], ...options.configVars }
  await client.request('PATCH', `/apps/${app}/config-vars`, settings)
  const configVars = await client.request<Record<string, string>>('GET', `/apps/${app}/config-vars`)
  const databaseUrl = configVars['DATABASE_URL'] ?? null
  const environment = await createEnvironment(directory, emulator)
  const files = { ...(await readExample(options.variant)), ...options.files }
  const repository = await createRepository(join(directory, 'checkout'), files)
  const remoteCommit = () => readRemoteCommit(repository, emulator, app)
  const run = (args: readonly string[], runOptions: Partial<RunOptions> = {}) =>
    runLockkeeper(args, {
      directory: repository.directory,
      environment,
      signal: options.signal,
      ...(options.onLine ? { onLine: options.onLine } : {}),
      ...runOptions,
    })
  return {
    app,
    emulator,
    client,
    webUrl,
    databaseUrl,
    repository,
    directory,
    environment,
    run,
    deploy: (...args) => run(['deploy', '--app', app, ...args]),
    rollback: (...args) => run(['rollback', '--app', app, ...args]),
    snapshot: () => takeSnapshot({ client, app, databaseUrl, remoteCommit }),
    fault: async (fault) => {
      await client.request('POST', '/_emulator/faults', fault)
    },
    withLoad: (requestsPerSecond, useLoad) => withLoad(webUrl, requestsPerSecond, useLoad),
  }
}

async function createEnvironment(directory: string, emulator: EmulatorProcess) {
  const home = join(directory, 'home')
  const temporary = join(directory, 'tmp')
  await Promise.all([mkdir(home), mkdir(temporary)])
  const commands = join(projectDirectory, 'node_modules', '.bin')
  return {
    PATH: [commands, process.env['PATH']].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    ...gitEnvironment,
    ...emulator.environment,
  }
}

async function withLoad<T>(
  url: string,
  requestsPerSecond: number,
  use: (load: Load) => Promise<T>,
): Promise<T> {
  const load = startLoad({ url, requestsPerSecond })
  try {
    return await use(load)
  } finally {
    await load.stop()
  }
}

async function readRemoteCommit(repository: Repository, emulator: EmulatorProcess, app: string) {
  const credentials = Buffer.from(`:${emulator.token}`).toString('base64')
  // By the environment: an argument could be read by every user of the machine.
  const answer = await repository.git(['ls-remote', `${emulator.url}/${app}.git`, 'refs/heads/main'], {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${emulator.url}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  })
  return answer.split('\t')[0] || null
}
