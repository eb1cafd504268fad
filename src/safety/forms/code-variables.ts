import type { Node } from 'libpg-query'
import { as, strings, within } from '../nodes.ts'

/** The variables that PL/pgSQL code declares, its parameters included. */
export interface Variables {
  readonly names: ReadonlySet<string>
  /** Those with fields. */
  readonly records: ReadonlySet<string>
}

/** What the tree of the code declares. Postgres refuses a name that a column has as well, unless the code says which is meant. */
export function variablesOf(code: object, sql: string): Variables {
  if (sql.includes('#variable_conflict')) return { names: new Set(), records: new Set() }
  const named = (tag: string) => below(code, tag).flatMap(({ refname }) => (refname ? [refname] : []))
  return { names: new Set(named('PLpgSQL_var')), records: new Set(named('PLpgSQL_rec')) }
}

/** A statement of the code with parameters in the place of variables: values that are the same for every row. */
export function withParameters<T>(value: T, variables: Variables): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => withParameters(item, variables)) as T
  const words = 'ColumnRef' in value ? strings(as(value as Node, 'ColumnRef')?.fields) : []
  const [first = ''] = words
  const isVariable =
    words.length === 1 ? variables.names.has(first) : words.length === 2 && variables.records.has(first)
  if (isVariable) return { ParamRef: {} } as T
  const parts = Object.entries(value).map(([key, part]: [string, unknown]) => [
    key,
    withParameters(part, variables),
  ])
  return Object.fromEntries(parts) as T
}

interface Declared {
  readonly refname?: string
}

/** The nodes of PL/pgSQL with this tag: the types of the parser know those of SQL only. */
function below(code: object, tag: string): Declared[] {
  return within(code, tag as 'ColumnRef') as Declared[]
}
