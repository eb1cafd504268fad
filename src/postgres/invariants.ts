import type pg from 'pg'

export interface InvariantResult {
  /** The rows that break the invariant: none when it holds. At most `rowLimit`. */
  readonly rows: readonly unknown[]
}

/** More rows than this say nothing new about a broken invariant. */
export const rowLimit = 20
const defaultTimeout = 10 // seconds

/**
 * Asks an invariant of the user's: a query that must answer with no row. It runs in a read-only transaction that is always
 * rolled back, for at most `timeout` seconds. A query that fails or does not end in time is an error, never 'holds'.
 */
export async function runInvariant(
  client: pg.Client,
  sql: string,
  options: { readonly timeout?: number } = {},
): Promise<InvariantResult> {
  await client.query('begin read only')
  try {
    const milliseconds = Math.ceil((options.timeout ?? defaultTimeout) * 1000)
    await client.query(`set local statement_timeout = ${milliseconds}`)
    // A cursor, so that a query that returns a whole table costs no memory; it also refuses anything but one query.
    await client.query(`declare lockkeeper_invariant no scroll cursor for ${sql.trim().replace(/;\s*$/, '')}`)
    const { rows } = await client.query<Record<string, unknown>>(
      `fetch ${rowLimit} from lockkeeper_invariant`,
    )
    return { rows }
  } finally {
    await client.query('rollback')
  }
}
