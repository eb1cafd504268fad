import type { HerokuAddresses } from './addresses.ts'
import type { ConfigFile } from './schema.ts'

/** One HTTP check of the watch. Durations in seconds. */
export type HealthCheck = ConfigFile['watch']['health'][number]
/** A query that must return no row while the app is healthy. */
export type Invariant = ConfigFile['watch']['invariants'][number]
export type RollbackDatabase = ConfigFile['rollback']['database']

/**
 * Everything that a run is told: lockkeeper.yml, the environment and the flags, validated and with the defaults filled in.
 * Every duration is in real Heroku seconds.
 */
export interface Config extends Omit<ConfigFile, 'app'> {
  readonly app: string
  /** Unsafe migrations are allowed, behind maintenance mode. */
  readonly nightly: boolean
  readonly heroku: HerokuAddresses & {
    /** The API key: a secret. */
    readonly token: string
  }
  /** See createTiming. */
  readonly timeScale: number
}

/** What the command line says; it wins over the environment and the file. */
export interface ConfigFlags {
  readonly app?: string | undefined
  /** The git remote whose URL names the app. Default heroku. */
  readonly remote?: string | undefined
  readonly nightly?: boolean | undefined
  readonly database?: string | undefined
  readonly rollbackDatabase?: RollbackDatabase | undefined
}
