import type pg from 'pg'

/** A framework's own table of what it has applied. */
export interface HistoryTable {
  /** With its schema where that is not the first of the search path. */
  readonly name: string
  readonly columns: readonly string[]
  /** SQL for ORDER BY, in trusted words. */
  readonly order: string
}

/** Its rows as text, null where the value is; no row when the table does not exist. */
export async function readHistory(
  client: pg.Client,
  { name, columns, order }: HistoryTable,
): Promise<Record<string, string | null>[]> {
  const table = await resolveTable(client, name)
  if (table === null) return []
  const list = columns.map((column) => `${client.escapeIdentifier(column)}::text`).join(', ')
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${list} from ${table} order by ${order}`,
  )
  return rows
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
