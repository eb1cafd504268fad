import type pg from 'pg'
import { escapeIdentifier } from 'pg'
import { columnsOf, relationsOf, type Catalog, type Column } from './catalog.ts'

/** What a table holds, so that what is gone or changed afterwards shows. */
export interface Contents {
  readonly rows: number
  /** By the number of the column. */
  readonly sums: ReadonlyMap<number, string | null>
}

/** Reads what each table holds: rows, and for each column a sum over its values, as values of the type in `types`. */
export async function readContents(
  client: pg.Client,
  catalog: Catalog,
  types: readonly Column[] = catalog.columns,
): Promise<Map<number, Contents>> {
  const contents = new Map<number, Contents>()
  for (const { oid, sql, kind } of relationsOf(catalog, 'rp')) {
    // The rows of its children are theirs.
    const table = kind === 'r' ? `only ${sql}` : sql
    const columns = columnsOf(catalog, oid)
    const typeOf = (column: Column) =>
      types.find(({ table, number }) => table === oid && number === column.number)?.type ?? column.type
    contents.set(
      oid,
      (await sums(client, table, columns, typeOf)) ??
        (await sums(client, table, columns, ({ type }) => type)) ??
        none,
    )
  }
  return contents
}

const none: Contents = { rows: 0, sums: new Map() }

async function sums(
  client: pg.Client,
  table: string,
  columns: readonly Column[],
  typeOf: (column: Column) => string,
): Promise<Contents | null> {
  const values = columns.map((column) => {
    const name = escapeIdentifier(column.name)
    return `sum(hashtext((${name}::${typeOf(column)})::text)::bigint)::text as ${escapeIdentifier(`c${column.number}`)}`
  })
  try {
    const { rows } = await client.query<Record<string, string | null>>(
      `select ${['count(*)::int as rows', ...values].join(', ')} from ${table}`,
    )
    const row = rows[0] ?? {}
    return {
      rows: Number(row['rows']),
      sums: new Map(columns.map(({ number }) => [number, row[`c${number}`] ?? null])),
    }
  } catch {
    // A value cannot be made one of its old type again.
    return null
  }
}

export interface Losses {
  /** A restore is needed to get it back. */
  readonly lost: readonly string[]
  /** Overwritten by the statement's own will. */
  readonly changed: readonly string[]
}

/** What tables no longer hold. */
export function lossesOf(
  before: { readonly catalog: Catalog; readonly contents: ReadonlyMap<number, Contents> },
  after: { readonly catalog: Catalog; readonly contents: ReadonlyMap<number, Contents> },
): Losses {
  const lost: string[] = []
  const changed: string[] = []
  for (const { oid, name, kind } of relationsOf(before.catalog, 'rp')) {
    const { rows, sums: old } = before.contents.get(oid) ?? none
    const now = after.contents.get(oid)
    if (now === undefined) {
      lost.push(`table ${name} (${rows} rows)`)
      continue
    }
    // The rows of a partitioned table are those of its partitions.
    const fewer = now.rows < rows && kind === 'r'
    if (fewer) lost.push(`${name}: ${rows - now.rows} of ${rows} rows`)
    for (const column of columnsOf(before.catalog, oid)) {
      const still = columnsOf(after.catalog, oid).find(({ number }) => number === column.number)
      if (still === undefined) lost.push(`column ${name}.${column.name}`)
      else if (now.rows === rows && now.sums.get(column.number) !== old.get(column.number)) {
        const what = `values changed: ${name}.${column.name}`
        if (still.type === column.type) changed.push(what)
        else lost.push(`${what} (${column.type} -> ${still.type})`)
      }
    }
  }
  return { lost, changed }
}
