import type { SelectStmt } from 'libpg-query'
import { qualified, type ColumnFacts, type Facts } from '../postgres/facts.ts'
import type { Effect } from './effect.ts'
import { columnsNow } from './forms/new-columns.ts'
import { shownColumns, shownTable } from './forms/output-columns.ts'
import { narrows, staysComparable } from './forms/type-change.ts'
import { partKey, type World } from './known.ts'

/** What takes the name of a column, or of a relation, away from what the running release knows by it. */
const ofColumns = new Set(['rename column', 'drop column'])
const ofRelations = new Set([
  'rename table',
  'set schema',
  'drop table',
  'drop view',
  'drop materialized view',
])

/**
 * The effects of a transaction, without the breaks of names that lead to the same again at its end: a column of a type that queries take
 * for the old one, a table or a view with all columns. `world` is that of its end.
 */
export function keepNames(effects: readonly Effect[], world: World): readonly Effect[] {
  if (!effects.some(({ breaks }) => breaks.length > 0)) return effects
  const relations = new Map<string, Relation>()
  const relationOf = (name: string): Relation => {
    const relation = relations.get(name) ?? describe(name, world)
    relations.set(name, relation)
    return relation
  }
  const isKept = ({ form, breaks, relation, names }: Effect): boolean => {
    if (breaks.length === 0) return false
    if (ofColumns.has(form)) return relationOf(relation).keeps(names.column ?? '')
    return ofRelations.has(form) && relationOf(relation).keepsAll
  }
  return effects.map((effect) => (isKept(effect) ? { ...effect, breaks: [] } : effect))
}

/** What the name of a relation leads to, measured by what the running release knows by it. */
interface Relation {
  readonly keeps: (column: string) => boolean
  readonly keepsAll: boolean
}

const astray: Relation = { keeps: () => false, keepsAll: false }

function describe(name: string, world: World): Relation {
  const { known, facts } = world
  const before = facts?.columns?.(name) ?? []
  // A rename that may not have run taught the world nothing: the name may still be gone.
  const isGone = known.dropped.has(qualified(name)) || known.doubted.has(qualified(name))
  const now = isGone ? undefined : columnsNow(world, name)
  if (before.length === 0 || now === undefined || !takesRows(name, world)) return astray
  const columns = new Map(now)
  const isSure = (column: string) => !known.doubted.has(partKey(name, column))
  const isWritten = !wasView(name, facts)
  const kept = new Set(
    before.flatMap((column) =>
      isSure(column.name) && fits(column, columns.get(column.name), isWritten) ? [column.name] : [],
    ),
  )
  return { keeps: (column) => kept.has(column), keepsAll: kept.size === before.length }
}

/** Whether the database has a view of that name, materialized or not. */
function wasView(name: string, facts: Facts | undefined): boolean {
  return ['view', 'materialized view'].includes(facts?.kind?.(name) ?? '')
}

/** Whether queries take a column for another. What is only read may be made by an expression, whose type is not known. */
function fits(before: ColumnFacts, now: ColumnFacts | undefined, isWritten: boolean): boolean {
  if (now === undefined) return false
  if (now.type === '') return !isWritten
  if (qualified(now.type) === qualified(before.type)) return true
  if (before.type.startsWith('json') || !staysComparable(before.type, now.type)) return false
  return !isWritten || !narrows(before.type, now.type)
}

/** Whether an INSERT of the running release, which knows no other columns than before, leaves nothing out that must be there. */
function takesRows(name: string, world: World): boolean {
  const { known, facts } = world
  if (wasView(name, facts)) return true
  const query = known.views.get(qualified(name))?.query
  if (query !== undefined) return fillsAll(query, world)
  const before = new Map(facts?.columns?.(name)?.map((column) => [column.name, column]))
  return needed(name, world).every((column) => isNeeded(before.get(column)))
}

function fillsAll(query: SelectStmt, world: World): boolean {
  const table = shownTable(query)
  if (table === undefined) return false
  const shown = shownColumns(query)
  const beneath = world.known.views.get(qualified(table))?.query
  const isTable = beneath === undefined && !wasView(table, world.facts)
  const fills = shown === 'all' || needed(table, world).every((column) => shown.includes(column))
  return fills && (isTable || (beneath !== undefined && fillsAll(beneath, world)))
}

/** The columns without which there is no new row. */
function needed(table: string, world: World): string[] {
  const columns = columnsNow(world, table) ?? []
  return columns.flatMap(([name, column]) => (isNeeded(column) ? [name] : []))
}

/** Whether every INSERT says the column. One that was not, and is now, may be left out by the running release. */
function isNeeded(column: ColumnFacts | undefined): boolean {
  return column !== undefined && column.notNull && !column.hasDefault
}
