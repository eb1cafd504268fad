import type { DeleteStmt, InsertStmt, Node, SelectStmt, UpdateStmt, WithClause } from 'libpg-query'
import {
  factsName,
  findColumn,
  isNewRelation,
  knowFilled,
  partitionKeyOf,
  shortName,
  type World,
} from '../known.ts'
import { allOf, as, within } from '../nodes.ts'
import { columnOf, quoteName, relationName } from '../sql-text.ts'
import { isBounded, isIndexed, isNeverTrue } from './bounded.ts'
import { calledFunctions } from './calls.ts'
import { fromQuery } from './table-from-query.ts'
import { changesOf, putOffChecks } from './deferred-checks.ts'
import { answersFew, isLimited } from './few-rows.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { changedKeys, lostWithRows, parents, referencingRows } from './key-lookups.ts'
import { lockOnly } from './locks.ts'
import { soleKey } from './partition-bounds.ts'
import { reachedBy, takersOf } from './partition-search.ts'
import { reads, scanned } from './reads.ts'
import { refusedWrite } from './refused-writes.ts'
import { lockedSequences } from './sequences.ts'
import { selectThroughView, writtenThrough } from './through-views.ts'

/** INSERT: VALUES are quick; INSERT ... SELECT reads its tables, and a modifying WITH does what it says. */
export const insert: Form<'InsertStmt'> = (node, context) =>
  writtenThrough('insert', node, context.world, (one) => insertIntoTable(one, context))

const insertIntoTable: Form<'InsertStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const hidden = hiddenWork(node, 'insert', context)
  const sources = reads(node.selectStmt, context)
  const draft: Draft = {
    form: 'insert',
    relation: table,
    lock: 'ROW EXCLUSIVE',
    reversible: 'no',
    ...refusedWrite(node, context.world),
    learn: (known) => {
      knowFilled(known, table, scanned(sources))
      const isSure = node.onConflictClause === undefined && isListed(node)
      putOffChecks(known, table, { kind: 'insert', isSure }, context)
    },
  }
  return [
    draft,
    ...parents('insert', table, context.world, leftOut(node, table, context.world)),
    ...numbers(node, table, context),
    ...routed(node, table, context),
    ...hidden,
    ...sources,
  ]
}

/** Whether the rows stand in the statement: VALUES, or DEFAULT VALUES. */
function isListed({ selectStmt }: InsertStmt): boolean {
  return selectStmt === undefined || as(selectStmt, 'SelectStmt')?.valuesLists !== undefined
}

const none: ReadonlySet<string> = new Set()

/** The columns that an INSERT leaves NULL: it names others, and they have no default. */
function leftOut({ cols }: InsertStmt, table: string, world: World): ReadonlySet<string> {
  const given = new Set(allOf(cols, 'ResTarget').map(({ name }) => quoteName(name ?? '')))
  if (given.size === 0) return none
  const all = world.facts?.columns?.(factsName(world, table)) ?? []
  const left = all.filter(
    ({ name }) => !given.has(name) && findColumn(world, table, name)?.hasDefault === false,
  )
  return new Set(left.map(({ name }) => name))
}

/** The partitions that take the rows of VALUES, where a value is written there for the key. */
function routed(node: InsertStmt, table: string, { world }: Context): Draft[] {
  const named = allOf(node.cols, 'ResTarget').map(({ name }) => quoteName(name ?? ''))
  const all = world.facts?.columns?.(factsName(world, table)) ?? []
  const columns = named.length > 0 ? named : all.map(({ name }) => name)
  const key = soleKey(partitionKeyOf(world, table))
  const place = columns.findIndex((column) => column === key)
  const rows = allOf(as(node.selectStmt, 'SelectStmt')?.valuesLists, 'List')
  const parts = rows.flatMap(({ items }) => {
    const value = items?.[place]
    return key === undefined || value === undefined ? [] : takersOf(key, value, table, world)
  })
  return [...new Set(parts)].map((part) => lockOnly('insert', part, 'ROW EXCLUSIVE'))
}

/** The sequences that number the columns that an INSERT leaves out. */
function numbers(node: InsertStmt, table: string, { world }: Context): Draft[] {
  const given = new Set(allOf(node.cols, 'ResTarget').map(({ name }) => quoteName(name ?? '')))
  if (given.size === 0) return []
  const columns = world.facts?.columns?.(factsName(world, table)) ?? []
  const left = columns.filter(({ name, sequence, hasDefault }) => sequence && hasDefault && !given.has(name))
  return left.map(({ sequence }) => lockOnly('insert', shortName(sequence ?? ''), 'ROW EXCLUSIVE'))
}

/** UPDATE: by key, or of so many rows that their locks stop the running release until the commit. */
export const update: Form<'UpdateStmt'> = (node, context) =>
  writtenThrough('update', node, context.world, (one) => updateTable(one, context, one === node))

function updateTable(node: UpdateStmt, context: Context, isAsWritten: boolean): Draft[] {
  const table = relationName(node.relation)
  const bounded = isBounded(node, table, context.world)
  const draft: Draft = {
    form: bounded ? 'update by key' : 'update',
    relation: table,
    lock: 'ROW EXCLUSIVE',
    work: bounded ? 'nothing' : 'row writes',
    byIndex: isIndexed(node, table, context.world),
    reversible: 'no',
    names: { table, definition: context.statement.sql, ...(isAsWritten ? assignment(node, context) : {}) },
    ...refusedWrite(node, context.world),
    learn: (known) => putOffChecks(known, table, changesOf(node), context),
  }
  return [
    draft,
    ...children(draft, node, context.world),
    ...changedKeys(node, table, context.world),
    ...hiddenWork(node, 'update', context),
    ...reads(joined(node.fromClause, node.withClause), context),
  ]
}

/** What a statement reads besides, with the queries of its WITH clause; what that writes is judged by itself. */
export function joined(fromClause: Node[] | undefined, withClause: WithClause | undefined): Node | undefined {
  const queries = withClause?.ctes?.map((one) => {
    const { ctename = '', ctequery } = as(one, 'CommonTableExpr') ?? {}
    return ctequery && 'SelectStmt' in ctequery ? one : { CommonTableExpr: { ctename } }
  })
  return fromClause && { SelectStmt: { fromClause, ...(queries && { withClause: { ctes: queries } }) } }
}

// The column of an UPDATE that fills one column where it is empty: the recipe can do the same in batches.
function assignment(node: UpdateStmt, { statement }: Context): { column?: string; expression?: string } {
  const targets = allOf(node.targetList, 'ResTarget')
  const column = targets.length === 1 ? quoteName(targets[0]?.name ?? '') : undefined
  const expression = /\bset\s+\S+\s*=\s*([\s\S]*?)(?:\bwhere\b[\s\S]*)?$/i.exec(statement.sql)?.[1]?.trim()
  const fills = columnOf(as(node.whereClause, 'NullTest')?.arg) === column
  return column === undefined || expression === undefined || !fills ? {} : { column, expression }
}

/** DELETE: rows are gone. */
export const remove: Form<'DeleteStmt'> = (node, context) =>
  writtenThrough('delete', node, context.world, (one) => removeFromTable(one, context))

const removeFromTable: Form<'DeleteStmt'> = (node, context) => {
  const table = relationName(node.relation)
  const bounded = isBounded(node, table, context.world)
  const isNew = isNewRelation(context.world, table)
  const draft: Draft = {
    form: 'delete',
    relation: table,
    lock: 'ROW EXCLUSIVE',
    work: bounded ? 'nothing' : 'row writes',
    byIndex: isIndexed(node, table, context.world),
    reversible: 'no',
    names: { table, definition: context.statement.sql },
    ...(isNew || isNeverTrue(node, table, context.world)
      ? {}
      : { loses: `rows of ${table}${lostWithRows(table, context.world)}` }),
    ...refusedWrite(node, context.world),
    learn: (known) => putOffChecks(known, table, { kind: 'delete', isSure: false }, context),
  }
  return [
    draft,
    ...children(draft, node, context.world),
    ...hiddenWork(node, 'delete', context),
    ...(isNew ? [] : referencingRows(table, context.world)),
  ]
}

/** The partitions and children of a table are searched as well, unless it says ONLY: from end to end where no key leads to the rows. */
function children(draft: Draft, node: UpdateStmt | DeleteStmt, world: World): Draft[] {
  if (node.relation?.inh !== true) return []
  const { form, relation = '', work, lock = 'ROW EXCLUSIVE' } = draft
  // In a join, a column may be one of another table.
  const isJoin = 'fromClause' in node || 'usingClause' in node
  return reachedBy(isJoin ? undefined : node.whereClause, relation, world).map((name) => {
    const child = lockOnly(form, name, lock)
    return work === 'nothing' && !isBounded(node, name, world) ? { ...child, work: 'scan' } : child
  })
}

/** SELECT: harmless, unless it calls a function that may do anything, or locks rows. */
export const select: Form<'SelectStmt'> = (node, context) => {
  if (node.intoClause !== undefined) {
    const { intoClause, ...query } = node
    const made = fromQuery(intoClause, false, { SelectStmt: query }, context)
    return [...made, ...hiddenWork(query, 'create table as', context)]
  }
  const hidden = hiddenWork(node, 'select', context)
  const locking = [node, ...within(Object.values(node), 'SelectStmt')].filter(
    (one) => one.lockingClause !== undefined,
  )
  return [
    { form: 'select' },
    ...hidden,
    ...reads({ SelectStmt: node }, context),
    ...locking.flatMap(lockedRows(context)),
  ]
}

function lockedRows({ world }: Context): (node: SelectStmt) => Draft[] {
  const form = 'select for update'
  const ofTables = (node: SelectStmt): Draft[] =>
    within(node.fromClause, 'RangeVar').flatMap((relation) => {
      const table = relationName(relation)
      const draft = lockOnly(form, table, 'ROW SHARE')
      const bounded = isLimited(node) || isBounded(node, table, world)
      const locked = (one: Draft): Draft => ({ ...one, work: bounded ? 'nothing' : 'row writes' })
      if (!isView(table, world)) return [locked(draft)]
      const through = selectThroughView(node, world)
      if (through !== undefined) return [draft, ...ofTables(through)]
      const behind = relationsBehind(table, world).map((one) => lockOnly(form, one, 'ROW SHARE'))
      return [draft, ...behind.map((one) => (isView(one.relation ?? '', world) ? one : locked(one)))]
    })
  return ofTables
}

/** Functions and modifying WITH clauses: work that the statement's own kind does not show. */
export function hiddenWork(node: object, form: string, context: Context): Draft[] {
  const inner = within(Object.values(node), 'CommonTableExpr').flatMap(({ ctequery }) =>
    ctequery === undefined || 'SelectStmt' in ctequery ? [] : [ctequery],
  )
  const called = calledFunctions(node, form, context)
  const sequences = lockedSequences(form, Object.values(node) as Node[], context.world)
  const common =
    inner.length === 0 ? undefined : namesOf('withClause' in node ? (node.withClause as WithClause) : {})
  return [...called, ...sequences, ...inner.flatMap((query) => modifying(query, common, context))]
}

/** The names of a WITH clause, and with them that a query answers with few rows; nothing of what it does. */
function namesOf({ ctes }: WithClause): WithClause {
  const names = allOf(ctes, 'CommonTableExpr').map(({ ctename = '', ctequery }) =>
    answersFew(as(ctequery, 'SelectStmt')) ? { ctename, ctequery: oneRow } : { ctename },
  )
  return { ctes: names.map((one) => ({ CommonTableExpr: one })) }
}

const oneRow: Node = { SelectStmt: { valuesLists: [{ List: {} }] } }

/** A statement below WITH: it sees the other names of the clause. */
export function modifying(query: Node, outer: WithClause | undefined, context: Context): readonly Draft[] {
  const within = <N extends { withClause?: WithClause }>(node: N): N => ({
    ...node,
    withClause: { ctes: [...(outer?.ctes ?? []), ...(node.withClause?.ctes ?? [])] },
  })
  const nested = as(query, 'DeleteStmt')
  if (nested !== undefined) return remove(within(nested), context)
  const updated = as(query, 'UpdateStmt')
  if (updated !== undefined) return update(within(updated), context)
  const inserted = as(query, 'InsertStmt')
  return inserted === undefined
    ? [unknown('with', 'its WITH clause is not judged')]
    : insert(inserted, context)
}
