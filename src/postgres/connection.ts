import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { connectionSettings, type ConnectionSettings } from './connection-settings.ts'
import { withoutSecrets } from './secrets.ts'

export interface ConnectionOptions {
  /** For messages: 'The database of app X cannot be reached'. */
  readonly app?: string
  /** What pg_stat_activity shows. */
  readonly applicationName?: string
  /** Seconds that one statement may take; 0 for no limit. */
  readonly statementTimeout?: number
  /** Every transaction of the session is read only. */
  readonly readOnly?: boolean
  /** Whether the end of the session is waited for. Default true; without, only the process' own end does. */
  readonly waitForEnd?: boolean
}

const connectDeadline = 10_000 // milliseconds
const endDeadline = 2_000 // milliseconds that a polite goodbye may take

/**
 * Opens one connection, hands it to `use` and closes it, whatever the end; with `waitForEnd: false` while its answer is already used. A database that cannot be reached is a
 * PreconditionError that names neither the URL nor its password; errors of `use` pass through.
 */
export async function withConnection<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
  options: ConnectionOptions = {},
): Promise<T> {
  const client = await connect(url, options)
  try {
    return await use(client)
  } finally {
    const ended = end(client)
    if (options.waitForEnd !== false) await ended
  }
}

async function connect(url: string, options: ConnectionOptions): Promise<pg.Client> {
  const settings = connectionSettings(url)
  const client = await createClient(settings, options)
  // A lost connection fails the query in flight; without a listener it would end the process as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(...sessionSettings(settings, options))
    return client
  } catch (error) {
    await end(client)
    throw unreachable(url, options, error)
  }
}

async function createClient(settings: ConnectionSettings, options: ConnectionOptions): Promise<pg.Client> {
  // What speaks to no database starts sooner without it.
  const { default: pg } = await import('pg')
  return new pg.Client({
    connectionString: settings.url,
    ssl: settings.tls,
    application_name: options.applicationName ?? 'lockkeeper',
    connectionTimeoutMillis: connectDeadline,
    keepAlive: true,
  })
}

/** Set by a query and not as start-up parameters, because connection poolers refuse those. */
function sessionSettings(
  { searchPath }: ConnectionSettings,
  options: ConnectionOptions,
): [string, (string | null)[]] {
  const statementTimeout = String(Math.ceil((options.statementTimeout ?? 0) * 1000))
  return [
    `select set_config('statement_timeout', $1, false), set_config('default_transaction_read_only', $2, false),
       set_config('search_path', coalesce($3, current_setting('search_path')), false)`,
    [statementTimeout, options.readOnly === true ? 'on' : 'off', searchPath],
  ]
}

async function end(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, endDeadline)
  })
  await Promise.race([client.end().catch(() => undefined), deadline])
  clearTimeout(timer)
}

// No cause is attached: the errors of URL parsers and sockets can carry the connection string.
function unreachable(url: string, options: ConnectionOptions, error: unknown): PreconditionError {
  const whose = options.app === undefined ? 'The database' : `The database of app ${options.app}`
  return new PreconditionError(`${whose} cannot be reached: ${withoutSecrets(url, reason(error))}.`)
}

function reason(error: unknown): string {
  // Node reports a host with several addresses as an AggregateError without a message of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  return error instanceof Error && error.message !== '' ? error.message.replace(/\.$/, '') : 'unknown error'
}
