import { parseSync } from 'libpg-query'
import type { Effect } from './effect.ts'

/** A read-only question about the data that a statement depends on. */
export interface Question {
  readonly table: string
  /** What its rows are: 'rows with a NULL in note'. */
  readonly what: string
  /** Selects the rows that are in the way. */
  readonly sql: string
}

/** What must be asked of the data before a statement: nothing of a table that is new. */
export function questionsOf(effect: Effect): Question[] {
  if (effect.isNew || effect.relation === '') return []
  return (asking[effect.form]?.(effect) ?? []).filter(({ sql }) => isSelect(sql))
}

// A question that cannot be written down is not asked.
function isSelect(sql: string): boolean {
  try {
    return parseSync(sql).stmts?.length === 1
  } catch {
    return false
  }
}

/** By form. */
const asking: Readonly<Record<string, (effect: Effect) => Question[]>> = {
  'set not null': ({ names }) => nulls(names.table, names.column === undefined ? [] : [names.column]),
  'add primary key': ({ names }) => [
    ...nulls(names.table, names.columns ?? []),
    ...duplicates(names.table, names.columns),
  ],
  'add unique': ({ names }) => duplicates(names.table, names.columns),
  'create index': uniqueIndex,
  'create index concurrently': uniqueIndex,
  'add foreign key': orphans,
  'add check': violators,
  'validate constraint': (effect) => [...orphans(effect), ...violators(effect)],
}

function nulls(table: string, columns: readonly string[]): Question[] {
  return columns.map((column) => ({
    table,
    what: `rows with a NULL in ${column}`,
    sql: `select from ${table} where ${column} is null`,
  }))
}

function duplicates(table: string, columns: readonly string[] | undefined): Question[] {
  if (columns === undefined || columns.length === 0) return []
  const key = columns.join(', ')
  const present = columns.map((column) => `${column} is not null`).join(' and ')
  const sql = `select from ${table} where ${present} group by ${key} having count(*) > 1`
  return [{ table, what: `values of (${key}) that more than one row holds`, sql }]
}

// Only a unique index has something that the data can violate.
function uniqueIndex({ names, tightens }: Effect): Question[] {
  return tightens === null ? [] : duplicates(names.table, names.columns)
}

function orphans({ names }: Effect): Question[] {
  const { table, referenced, columns = [], referencedColumns = [] } = names
  if (referenced === undefined || columns.length === 0 || columns.length !== referencedColumns.length)
    return []
  const present = columns.map((column) => `child.${column} is not null`).join(' and ')
  const match = columns
    .map((column, index) => `parent.${referencedColumns[index] ?? ''} = child.${column}`)
    .join(' and ')
  const sql = `select from ${table} child where ${present} and not exists (select from ${referenced} parent where ${match})`
  return [{ table, what: `rows without their row in ${referenced}`, sql }]
}

function violators({ names }: Effect): Question[] {
  const condition = conditionOf(names.definition ?? '')
  if (condition === undefined) return []
  const sql = `select from ${names.table} where not (${condition})`
  return [{ table: names.table, what: `rows that violate ${names.constraint ?? 'the CHECK'}`, sql }]
}

/** The condition of 'CONSTRAINT name CHECK (condition) NOT VALID'. */
function conditionOf(definition: string): string | undefined {
  const start = /\bcheck\s*\(/i.exec(definition)
  if (start === null || /\bforeign\s+key\b/i.test(definition.slice(0, start.index))) return undefined
  const end = definition.lastIndexOf(')')
  return definition.slice(start.index + start[0].length, end)
}
