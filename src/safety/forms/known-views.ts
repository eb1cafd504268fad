import type { RangeVar, SelectStmt } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import {
  factsName,
  findColumn,
  isKind,
  isNewColumn,
  isNewRelation,
  presentName,
  type Known,
  type KnownView,
  type World,
} from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { commonNames, quoteName, relationName } from '../sql-text.ts'
import { parsed } from './parsed.ts'

/** Whether the relation holds no rows of its own, but shows those of others. */
export function isView(relation: string, world: World): boolean {
  if (world.known.views.has(qualified(relation))) return true
  return isKind(world, relation, 'view') && !isNewRelation(world, relation)
}

/** A view that the pending migrations made, or that is in the database, materialized or not; undefined for what is none. */
export function viewOf(relation: string, world: World): KnownView | undefined {
  const { known, facts } = world
  const own = known.views.get(qualified(relation))
  if (own !== undefined || known.dropped.has(qualified(relation))) return own
  const definition = facts?.relation?.(factsName(world, relation))?.definition
  const query = definition ? as(parsed(definition)?.[0], 'SelectStmt') : undefined
  return query && { query: withPresentNames(query, world), columns: [] }
}

/**
 * The relations that the query of a view goes through, materialized or not, at every depth: tables and further views, each once. None
 * for what is no view.
 */
export function relationsBehind(view: string, world: World): readonly string[] {
  const found = new Set<string>()
  const open = relationsRead(view, world)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    if (isView(name, world)) open.push(...relationsRead(name, world))
  }
  return [...found]
}

/** The relations that the query of a view names. */
export function relationsRead(view: string, world: World): string[] {
  const query = viewOf(view, world)?.query
  const common = commonNames(query)
  return within(query, 'RangeVar')
    .map(relationName)
    .filter((name) => !common.has(name))
}

/** Remembers a view that the pending migrations made or replaced. */
export function knowView(known: Known, name: string, view: KnownView): void {
  const key = qualified(name)
  known.views.set(key, view)
  for (const relation of within(view.query, 'RangeVar')) {
    const read = qualified(relationName(relation))
    known.readers.set(read, (known.readers.get(read) ?? new Set()).add(key))
  }
}

/** The views that surely read a column and are still there: those of the database, and those that the pending migrations made. */
export function viewsReading(world: World, table: string, column: string): readonly string[] {
  const { dropped, views, readers } = world.known
  const before = (findColumn(world, table, column)?.views ?? []).map((view) =>
    qualified(presentName(world, view)),
  )
  const made = [...(readers.get(qualified(table)) ?? [])].filter((view) => {
    const query = views.get(view)?.query
    return query !== undefined && readsColumn(query, table, column, !isNewColumn(world, table, column))
  })
  return [...before.filter((view) => !dropped.has(view) && !views.has(view)), ...made]
}

/** Whether a query names a column of a table, or every column where that may be one of them. */
function readsColumn(query: SelectStmt, table: string, column: string, inStar: boolean): boolean {
  const relations = within(query, 'RangeVar')
  const own = relations.filter((relation) => qualified(relationName(relation)) === qualified(table))
  const isAlone =
    own.length === relations.length &&
    within(query, 'RangeSubselect').length + within(query, 'RangeFunction').length === 0
  const names = new Set(own.map(({ alias, relname }) => alias?.aliasname ?? relname))
  return within(query, 'ColumnRef').some(({ fields = [] }) => {
    const isStar = allOf(fields, 'A_Star').length > 0
    const parts = strings(fields)
    const isIt = isStar ? inStar : quoteName(parts.at(-1) ?? '') === column
    const of = parts.at(isStar ? -1 : -2)
    return isIt && (of === undefined ? isAlone : names.has(of))
  })
}

/** A view follows what it reads through every renaming: the facts know the names of before. */
function withPresentNames(query: SelectStmt, world: World): SelectStmt {
  if (world.known.renamed.size === 0) return query
  // The tree is this function's own: nobody else has seen it.
  for (const relation of within(query, 'RangeVar')) {
    const name = presentName(world, relationName(relation))
    if (name !== relationName(relation)) Object.assign(relation, named(name, relation))
  }
  return query
}

/** The columns of the query still say the name of before. */
function named(name: string, { alias, relname }: RangeVar): Partial<RangeVar> {
  const table = as(as(parsed(`table ${name}`)?.[0], 'SelectStmt')?.fromClause?.[0], 'RangeVar')
  return { schemaname: undefined, ...table, alias: alias ?? { aliasname: relname ?? '' } }
}
