import type { DjangoModels } from './django/models.ts'

/** A migration that is on disk and that the target has not applied. */
export interface PendingMigration {
  /** What the framework records once it is applied: dbmate's version, for example. */
  readonly id: string
  readonly name: string
  /** The file, relative to the project's directory. */
  readonly file: string
  /** What it will send to Postgres; null when that cannot be known without running it. */
  readonly sql: string | null
  /** The line of `file` (from 1) at which `sql` starts, so that findings point into the file. */
  readonly sqlLine: number
  /** Whether the framework wraps it in one transaction. */
  readonly transaction: boolean
  /** Sent as one query string: outside a transaction, Postgres still runs several statements of it as one. */
  readonly singleQuery: boolean
  /**
   * Where `sql` was put together from several texts, each sent as one query string: where each begins in `sql`, in UTF-16 code units
   * from 0, in rising order. Outside a transaction, Postgres runs the statements of each text as one. Has a say before `singleQuery`.
   */
  readonly queries?: readonly number[]
  /** The schemas in which the session looks for a name without one from here on, where the framework sets up its sessions itself. */
  readonly searchPath?: readonly string[]
  readonly reverse: Reverse
  /** Why `sql` is null: a sentence. */
  readonly opaque?: string
  /** It runs again whenever its file is another one. */
  readonly repeatable?: boolean
  /** It runs in the transaction of the one before, which is still open. */
  readonly joins?: boolean
  /** What Django calls the tables that it changes. */
  readonly models?: DjangoModels
  /** `sql` was made from the file, and does not stand in it: lines of the one are not lines of the other. */
  readonly generated?: boolean
}

/** How a migration is undone. */
export interface Reverse {
  readonly available: boolean
  /** What undoing sends to Postgres; null when unknown or not available. */
  readonly sql: string | null
  readonly transaction: boolean
}

/** What a project's migrations look like next to what the target has applied. */
export interface MigrationState {
  readonly framework: string
  /** Major and minor, of a framework whose own code depends on it. */
  readonly version?: readonly [number, number]
  /** The models have conventions for the names of constraints. */
  readonly namingConvention?: boolean
  /** Ids in the framework's own order, oldest first. */
  readonly applied: readonly string[]
  /** In the order in which the framework will run them. */
  readonly pending: readonly PendingMigration[]
  /** Applied on the target, but not on disk any more. */
  readonly missing: readonly string[]
  /** The files of applied migrations that are not what was applied, where the framework records that. */
  readonly changed?: readonly string[]
  /** Pending, but older than the newest applied one: merged late. */
  readonly outOfOrder: readonly string[]
  /** Sentences about what makes the whole set doubtful: duplicate versions, unreadable files. */
  readonly problems: readonly string[]
}

export interface CustomCommands {
  /** Prints what is pending, a JSON object to a line. */
  readonly pending: string
  readonly apply: string
  readonly reverse?: string | undefined
}

/** The part of the configuration that migrations need. */
export interface MigrationConfig {
  readonly migrations: {
    /** The framework by name, or 'none'; found by its files when absent. */
    readonly framework?: string | undefined
    /** Where its files are, relative to the project; its usual folders are tried when absent. */
    readonly directory?: string | undefined
    /** The table in which it records what is applied; its usual one when absent. */
    readonly table?: string | undefined
    /** How the framework is started, where it is not found by itself: words of a command line. */
    readonly command?: string | undefined
    /** The variable in which the framework expects the connection string. DATABASE_URL when absent. */
    readonly urlVariable?: string | undefined
    /** Added to the environment of the framework. */
    readonly environment?: Readonly<Record<string, string>> | undefined
    /** The user's own commands, run by a shell, for a framework that Lockkeeper does not know. */
    readonly custom?: CustomCommands | undefined
  }
  readonly migrate: {
    /** Seconds that one statement may wait for a lock. */
    readonly lockTimeout: number
    /** How often a migration that could not get its lock is tried. */
    readonly attempts: number
    /** Seconds that all migrations together may take. */
    readonly deadline?: number | undefined
    /** Who runs them: the deploy before it pushes, or the release phase, all at once. */
    readonly run?: 'before-push' | 'release-phase' | undefined
  }
}

export interface MigrationContext {
  /** The project's directory: absolute. */
  readonly directory: string
  /** The target's connection string; null when only the disk can be asked: then nothing counts as applied. */
  readonly url: string | null
  readonly config: MigrationConfig
}

/** The same while the database is still looked for. */
export interface EarlyContext extends Omit<MigrationContext, 'url'> {
  readonly url: Promise<string>
  /** Ends what was begun. */
  readonly signal: AbortSignal
  /** Called when the framework's process has been started. */
  readonly onStart: () => void
  /** Receives the pending migrations of the state, in their order, each as soon as it is known. */
  readonly onPending: (migration: PendingMigration) => void
}

export interface RunOptions {
  /** Receives what the framework prints, as it prints it, free of the connection string's password. */
  readonly onOutput?: (text: string) => void
  /** Ends the framework's process group. */
  readonly signal?: AbortSignal
}

export interface ApplyOptions extends RunOptions {
  /** Apply only so many, oldest first; all when absent. */
  readonly count?: number
}

/** What running a framework came to. Judged by the database, never by the framework's words. */
export interface ApplyResult {
  readonly ok: boolean
  /** Of the framework's last run; null when it was ended by a signal or its deadline. */
  readonly exitCode: number | null
  /** The last lines that it printed. */
  readonly output: string
  /** Ids that the database lists now and did not list before; for a reversal, those it no longer lists. */
  readonly applied: readonly string[]
  /** A sentence, when not ok. */
  readonly reason?: string
}

/** A tool that owns migrations. One file per framework implements it. */
export interface Framework {
  readonly name: string
  /** The tables in which it keeps its own records: no part of the user's schema. */
  historyTables(config: MigrationConfig, directory: string): readonly string[] | Promise<readonly string[]>
  recognise(directory: string, config: MigrationConfig): Promise<boolean>
  read(context: MigrationContext): Promise<MigrationState>
  /** The same, begun before the database is known: for a framework that takes long to start. */
  readEarly?(context: EarlyContext): Promise<MigrationState>
  apply(context: MigrationContext, options?: ApplyOptions): Promise<ApplyResult>
  /** Undoes exactly these migrations. `ids` are given newest first; stops at the first that cannot be undone. */
  reverse(context: MigrationContext, ids: readonly string[], options?: RunOptions): Promise<ApplyResult>
}
