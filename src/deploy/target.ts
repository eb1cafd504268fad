import type { Config } from '../config/config.ts'
import type { Timing } from '../config/timing.ts'
import { PreconditionError } from '../errors.ts'
import { checkAccount } from '../heroku/account.ts'
import { resolveDatabase, type Database } from '../heroku/addons.ts'
import { getApp, type App } from '../heroku/apps.ts'
import { createHerokuClient, type HerokuClient } from '../heroku/client.ts'
import { getConfigVars } from '../heroku/config-vars.ts'
import { findFramework } from '../migrations/frameworks.ts'
import type { Framework, MigrationContext } from '../migrations/types.ts'
import { withConnection, type ConnectionOptions } from '../postgres/connection.ts'
import type { Client } from 'pg'
import type { Output } from '../report/output.ts'
import type { Redactor } from '../report/redaction.ts'
import { ahead } from './ahead.ts'

/** The app and its database that a deploy changes, opened once: every credential was proven to work. */
export interface Target {
  readonly heroku: HerokuClient
  readonly app: App
  readonly account: string
  readonly database: Database
  /** Null when the project has no migrations. */
  readonly framework: Framework | null
  readonly migrations: MigrationContext
}

export interface OpenTarget {
  readonly config: Config
  readonly timing: Timing
  readonly redactor: Redactor
  readonly output: Output
  /** The project's directory: absolute. */
  readonly directory: string
  readonly signal: AbortSignal
  /** Null when the project is known to have none. It is looked for when absent. */
  readonly framework?: Framework | null
}

/**
 * Proves that the key, the app and the database answer, and learns every secret before anything is printed.
 * Reads only. Throws PreconditionError when one of them does not answer.
 */
export async function openTarget(options: OpenTarget): Promise<Target> {
  const target = await findTarget(options)
  await askDatabase(target, (client) => client.query('select 1'))
  return target
}

/** The same without the proof that the database answers: for what speaks with it next. */
export async function findTarget(options: OpenTarget): Promise<Target> {
  const { config, timing, redactor, output, directory } = options
  redactor.add(config.heroku.token)
  // Not ended by the stop signal: the roll-back after it needs the client.
  const heroku = createHerokuClient({
    ...config.heroku,
    timing,
    onWarning: (text) => output.warning(text),
  })
  const asked = ahead(getApp(heroku, config.app))
  const account = await checkAccount(heroku)
  const app = await asked
  const [configVars, database] = await Promise.all([
    getConfigVars(heroku, app.name),
    resolveDatabase(heroku, app.name, config.database),
  ])
  for (const value of Object.values(configVars)) redactor.add(value)
  redactor.add(database.url)
  const framework =
    options.framework === undefined ? await findFramework(directory, config) : options.framework
  const migrations = { directory, url: database.url, config }
  return { heroku, app, account: account.email, database, framework: framework ?? null, migrations }
}

/** Runs a question against the target's database on a connection of its own. */
export function askDatabase<T>(
  target: Target,
  ask: (client: Client) => Promise<T>,
  options: Pick<ConnectionOptions, 'waitForEnd'> = {},
): Promise<T> {
  return withConnection(target.database.url, ask, { app: target.app.name, ...options })
}

/** The framework, where a step needs one. Steps that do are left out when there is none. */
export function requireFramework(target: Target): Framework {
  if (target.framework === null)
    throw new PreconditionError('This project has no migrations that Lockkeeper knows.')
  return target.framework
}
