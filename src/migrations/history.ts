import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { connectionProblem } from '../postgres/lost-connection.ts'

/** A framework's own table of what it has applied. */
export interface HistoryTable {
  /** With its schema where that is not the first of the search path. */
  readonly name: string
  readonly columns: readonly string[]
  /** SQL for ORDER BY, in trusted words. */
  readonly order: string
}

const longestQuestion = 5 // seconds

/**
 * Its rows as text, null where the value is; no row when the table does not exist. PreconditionError for one that is another tool's,
 * that may not be read, or that somebody keeps locked. Not to be called in a transaction.
 */
export async function readHistory(
  client: pg.Client,
  { name, columns, order }: HistoryTable,
): Promise<Record<string, string | null>[]> {
  try {
    await client.query(
      `begin read only;
       select set_config('lock_timeout', '${longestQuestion}s', true), set_config('statement_timeout', '${longestQuestion}s', true)`,
    )
    const table = await resolveTable(client, name)
    if (table === null) return []
    const list = columns.map((column) => `${client.escapeIdentifier(column)}::text`).join(', ')
    const { rows } = await client.query<Record<string, string | null>>(
      `select ${list} from ${table} order by ${order}`,
    )
    return rows
  } catch (error) {
    throw historyProblem(name, error) ?? error
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

/** The table's name as SQL takes it, or null when it does not exist. */
export async function resolveTable(client: pg.Client, name: string): Promise<string | null> {
  const parts = name.split('.')
  const { rows } = await client.query<{ name: string | null }>(
    `select to_regclass(format('%I.%I', coalesce($1, current_schema(), 'public'), $2::text))::text as name`,
    [parts.length > 1 ? parts[0] : null, parts.at(-1)],
  )
  return rows[0]?.name ?? null
}

const timeouts = ['55P03', '57014']
const notPermitted = '42501'

/** What Postgres refused, as a person understands it; undefined for what is no answer of Postgres. */
function historyProblem(name: string, error: unknown): PreconditionError | undefined {
  const lost = connectionProblem(error, 'the applied migrations were being read')
  if (lost !== undefined) return lost
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined
  const code = String(error.code)
  const table = `The table of applied migrations, ${name},`
  if (timeouts.includes(code))
    return new PreconditionError(
      `${table} could not be read within ${longestQuestion} s: somebody holds a lock on it, or the database is busy.`,
      { cause: error, next: ['Run it again when the table can be read.'] },
    )
  if (code === notPermitted)
    return new PreconditionError(
      `${table} may not be read by the role of the connection: ${error.message}.`,
      {
        cause: error,
      },
    )
  return new PreconditionError(`${table} is not what this tool makes: ${error.message}.`, {
    cause: error,
    next: ['Name the right tool and table in lockkeeper.yml: migrations.framework and migrations.table'],
  })
}
