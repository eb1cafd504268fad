import { UsageError } from '../errors.ts'
import { herokuAddresses, type HerokuAddresses } from './addresses.ts'
import { remoteApp } from './git-remote.ts'
import { loadProject, type LoadProject, type ProjectConfig } from './project.ts'
import type { ConfigFile } from './schema.ts'
import { readToken } from './token.ts'

export { loadProject, type LoadProject, type ProjectConfig } from './project.ts'

/** One HTTP check of the watch. Durations in seconds. */
export type HealthCheck = ConfigFile['watch']['health'][number]
/** A query that must return no row while the app is healthy. */
export type Invariant = ConfigFile['watch']['invariants'][number]
export type RollbackDatabase = ConfigFile['rollback']['database']

/**
 * Everything that a run is told: lockkeeper.yml, the environment and the flags, validated and with the defaults filled in.
 * Every duration is in real Heroku seconds.
 */
export interface Config extends Omit<ProjectConfig, 'app'> {
  readonly app: string
  readonly heroku: HerokuAddresses & {
    /** The API key: a secret. */
    readonly token: string
  }
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

export interface LoadConfig extends LoadProject {
  readonly flags: ConfigFlags
}

/**
 * One validated Config: flags win over the environment, that over the file, that over the defaults. Reads only. UsageError
 * for what is wrong in any of them, PreconditionError when there is no API key.
 */
export async function loadConfig({ directory, file, flags, environment }: LoadConfig): Promise<Config> {
  const said = await loadProject({ directory, file, environment })
  const addresses = herokuAddresses(environment)
  const app = checkName(
    flags.app ??
      (environment['HEROKU_APP'] || said.app) ??
      (await askRemote(directory, flags, addresses.gitUrl)),
  )
  const token = await readToken(environment, addresses.apiUrl)
  return {
    ...said,
    app,
    database: flags.database ?? said.database,
    rollback: { ...said.rollback, database: flags.rollbackDatabase ?? said.rollback.database },
    nightly: flags.nightly ?? said.nightly,
    heroku: { ...addresses, token },
  }
}

async function askRemote(directory: string, flags: ConfigFlags, gitUrl: string): Promise<string> {
  const remote = flags.remote ?? 'heroku'
  const app = await remoteApp(directory, remote, gitUrl)
  if (app !== undefined) return app
  const missing = `The app is not known, and the git remote "${remote}" names none.`
  throw new UsageError(missing, {
    next: [
      'Say it with --app NAME or with HEROKU_APP=NAME,',
      'or write "app: NAME" into lockkeeper.yml,',
      'or add the remote: heroku git:remote --app NAME',
    ],
  })
}

/** The name becomes part of addresses. A uuid is an app's identity as well. */
function checkName(app: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,60}$/.test(app)) return app
  throw new UsageError(`"${app}" is no name of a Heroku app: it has small letters, digits and dashes only.`)
}
