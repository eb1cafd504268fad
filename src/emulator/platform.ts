/**
 * The parts of the emulator as they know each other. Each part is built by a function of its own file that receives what
 * it needs from here; nothing reaches into another part's state. The emulator imports nothing from the rest of src.
 */
import type { Addon, App, Attachment, DynoView, Release, Transfer } from './model.ts'

/** Durations of the platform in real Heroku seconds. Every one is a setting, because some are only believed (see docs). */
export interface PlatformDurations {
  /** A web dyno must bind $PORT within this, else R10. */
  readonly bootTimeout: number
  /** SIGTERM, then SIGKILL after this (R12). */
  readonly stopGrace: number
  /** From the deploy to the switch of traffic, with preboot. */
  readonly prebootWindow: number
  /** A request waits this long for a booting dyno, then H20. */
  readonly bootQueue: number
  /** First byte of a response, then H12. */
  readonly requestTimeout: number
  /** Silence in the middle of a response, then H15. */
  readonly idleTimeout: number
  /** The first wait of the crash back-off; it doubles. */
  readonly crashBackoff: number
  readonly releasePhaseLimit: number
  readonly buildLimit: number
  readonly oneOffLimit: number
  /** An attached one-off dyno waits this long for its client, then R13. */
  readonly attachTimeout: number
  /** Until a new database can be used. */
  readonly provisioning: number
  /** An address to upload or download a source or slug works this long. */
  readonly blobUrlLifetime: number
}

/** What Heroku does where that is not quite certain; each is described beside its default. */
export interface PlatformAssumptions {
  readonly noOpConfigChangeReleases: boolean
  readonly prebootOnRestart: boolean
  readonly prebootSwitchesToCrashed: boolean
  readonly deployedBranches: readonly string[]
  readonly requestQuota: number
  readonly requestRefill: number
  readonly retryAfter: number
  readonly ownedConfigVarsProtected: boolean
  readonly rollbackKeepsOwnedValues: boolean
  readonly dynoMetadata: boolean
  readonly hangUpStatus: number
  readonly backupsKept: number
}

/** Platform time: `seconds` are always real Heroku seconds, multiplied by the time scale before anything waits. */
export interface Clock {
  readonly timeScale: number
  /** Milliseconds to really wait for a platform duration. */
  milliseconds(seconds: number): number
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
  now(): string
}

/**
 * The durable memory. Documents are the objects themselves: change one, then call save before answering the client. A saved
 * document survives kill -9 (written to a temporary file, then renamed).
 */
export interface Store {
  readonly directory: string
  apps(): readonly App[]
  /** By id or name; undefined when there is none. */
  app(identity: string): App | undefined
  addons(): readonly Addon[]
  attachments(): readonly Attachment[]
  transfers(): readonly Transfer[]
  saveApp(app: App): void
  removeApp(app: App): void
  saveAddon(addon: Addon): void
  removeAddon(addon: Addon): void
  saveAttachment(attachment: Attachment): void
  removeAttachment(attachment: Attachment): void
  saveTransfer(transfer: Transfer): void
  /** A free-form document for parts that need one more (schedules, credentials): `name` is the file's. */
  read<T>(name: string): T | undefined
  write(name: string, value: unknown): void
}

/** Logplex: one ring of lines per app, with live listeners. */
export interface Logs {
  /** source: app, heroku; dyno: web.1, router, api, postgres, release.1234. One call is one line. */
  write(appId: string, source: string, dyno: string, message: string): void
  recent(appId: string, filter: LogFilter): readonly LogLine[]
  /** Calls back with each new line; returns the function that ends it. */
  follow(appId: string, filter: LogFilter, onLine: (line: LogLine) => void): () => void
}
export interface LogFilter {
  readonly lines?: number
  readonly source?: string | undefined
  /** A dyno (web.1) or a type (web). */
  readonly dyno?: string | undefined
}
export interface LogLine {
  readonly id: number
  readonly at: string
  readonly source: string
  readonly dyno: string
  readonly message: string
}

/** Text that grows until it ends: build output, release command output. Kept on disk under the store's directory. */
export interface OutputStreams {
  /** `id`: one that was promised to a client before the stream began; default a new one. */
  create(id?: string): OutputStream
  open(id: string): OutputStream | undefined
}
export interface OutputStream {
  readonly id: string
  write(text: string): void
  end(): void
  readonly ended: boolean
  /** All bytes so far. */
  content(): Buffer
  /** Calls back with each further chunk and once at the end; returns the function that stops it. */
  follow(onChunk: (chunk: Buffer) => void, onEnd: () => void): () => void
}

/** What the platform itself did, and how long: the bench divides a deploy's wall time by its critical path. */
export interface Operations {
  /** Starts an operation; call the result when it has ended. `name`: build, release phase, boot, preboot, backup, restore, push. */
  start(name: string, app: string): () => void
  all(): readonly { name: string; app: string; startedAt: number; finishedAt: number | null }[]
}

/** Faults that no HTTP status can make: named, counted down as they are taken. */
export type PlatformFault =
  | 'push rejected'
  | 'build fails'
  | 'backup fails'
  | 'backup hangs'
  | 'restore fails'
  | 'restore hangs'
  | 'dyno boot fails'
export interface Faults {
  /** True when such a fault is set for the app; each call takes one. */
  take(fault: PlatformFault, appName: string): boolean
}

/** Dynos as real processes behind a real router per app. */
export interface Runtime {
  /** Listens on the app's router port (chooses a free one when app.routerPort is 0, and stores it). */
  openRouter(app: App): Promise<void>
  /**
   * Makes the app's dynos those of its current release and formation. `reason` 'release' replaces every dyno (with preboot:
   * new web dynos beside the old ones until the window ends; without: old ones stop first); 'formation' only adds and
   * removes. Resolves when the change has begun; dynos boot and stop afterwards.
   */
  apply(app: App, reason: 'release' | 'formation'): Promise<void>
  /** Restarts one dyno, one type, or all (undefined); with preboot, web dynos as a release would. */
  restart(app: App, which: string | undefined): Promise<void>
  /** Stops one dyno or type. The manager starts scaled ones again. */
  stop(app: App, which: string): Promise<void>
  /** As GET /dynos shows them: with preboot the old ones are hidden. */
  dynos(app: App): readonly DynoView[]
  /** Starts a one-off dyno (types run, release, scheduler) from a release. */
  runOneOff(app: App, release: Release, options: OneOffOptions): Promise<OneOff>
  /** Kills without grace, as a fault: the process group of the dyno, or only its parent process. */
  kill(app: App, dynoName: string, what: 'group' | 'parent'): boolean
  /** Stops and forgets everything of the app. */
  removeApp(app: App): Promise<void>
  /** Stops every dyno and router (SIGTERM, then SIGKILL after the grace). */
  close(): Promise<void>
}
export interface OneOffOptions {
  readonly command: string
  readonly type: string
  readonly env?: Readonly<Record<string, string>>
  readonly size?: string
  readonly timeToLive?: number
  /** Every chunk of output; it is also logged as app[<name>]. */
  readonly onOutput?: (chunk: Buffer) => void
  /** Attached: standard input stays open and is written by the caller. */
  readonly attach?: boolean
}
export interface OneOff {
  readonly dyno: DynoView
  readonly stdin: NodeJS.WritableStream | null
  /** Exit status; a signal is 128 + its number. */
  readonly exited: Promise<number>
  kill(): void
}

/** The real Postgres server of the emulator: one cluster, a database and a role per add-on. */
export interface Databases {
  /** A free loopback port, kept over restarts. */
  readonly port: number
  /** postgres://user:password@127.0.0.1:port/name */
  url(addon: Addon): string
  /** Creates role, database and pg_stat_statements; from: the add-on to copy (fork), consistent while it is written to. */
  create(addon: Addon, from?: Addon): Promise<void>
  remove(addon: Addon): Promise<void>
  /** Drops and creates the database again, empty. */
  reset(addon: Addon): Promise<void>
  /** A consistent dump as SQL into a file, while others write. Calls back with bytes so far. */
  dump(addon: Addon, file: string, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void>
  /** Ends connections, then replaces the contents in place by the dump's. */
  restore(addon: Addon, file: string, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void>
  terminateConnections(addon: Addon): Promise<void>
  sizeBytes(addon: Addon): Promise<number>
  connectionCount(addon: Addon): Promise<number>
  version(): Promise<string>
  /** Stops and starts the server as a fault (immediate shutdown). */
  stopServer(): Promise<void>
  startServer(): Promise<void>
  close(): Promise<void>
}

/** Releases are made in one place, whoever asks: a push, a config change, an attachment, a rollback, a promotion. */
export interface Releases {
  /**
   * Appends a release with the next version, runs the release command when the slug has one (unless `skipCommand`), makes it
   * current when that succeeds, and restarts the dynos. Resolves with the release as soon as it is stored; `settled`
   * resolves when its status is no longer pending.
   */
  create(app: App, options: CreateRelease): { release: Release; settled: Promise<Release> }
  current(app: App): Release
}
export interface CreateRelease {
  readonly description: string
  /** Default: the slug of the current release. */
  readonly slugId?: string | null
  /** Default: the app's config vars now. */
  readonly configVars?: Readonly<Record<string, string>>
  readonly skipCommand?: boolean
}

export interface Platform {
  readonly token: string
  readonly clock: Clock
  readonly durations: PlatformDurations
  readonly assumptions: PlatformAssumptions
  readonly store: Store
  readonly logs: Logs
  readonly streams: OutputStreams
  readonly operations: Operations
  readonly faults: Faults
  readonly runtime: Runtime
  readonly databases: Databases
  readonly releases: Releases
  /** http://127.0.0.1:<port>, without a slash at the end. */
  readonly baseUrl: string
}
