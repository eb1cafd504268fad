import type { DeleteStmt, InsertStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query'
import {
  constraintsOf,
  descendantsOf,
  factsName,
  findColumn,
  indexesOf,
  isKind,
  isNewRelation,
  knowFilled,
  referencingKeys,
  shortName,
  type World,
} from '../known.ts'
import type { TableConstraint } from '../../postgres/facts.ts'
import { qualified } from '../../postgres/facts.ts'
import { allOf, as, within } from '../nodes.ts'
import { columnOf, quoteName, relationName } from '../sql-text.ts'
import { isBounded, isIndexed, isLimited } from './bounded.ts'
import { calledFunctions } from './calls.ts'
import { fromQuery } from './create-table.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { soleKey } from './partition-bounds.ts'
import { reachedBy, takersOf } from './partition-search.ts'
import { reads, scanned } from './reads.ts'
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
    learn: (known) => knowFilled(known, table, scanned(sources)),
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

/** Each new row is looked up in the tables that its foreign keys point at. */
function parents(form: string, table: string, world: World, empty: ReadonlySet<string> = none): Draft[] {
  const referenced = constraintsOf(world, table).flatMap(({ references, columns }) =>
    references && !columns.some((column) => empty.has(column)) ? [references] : [],
  )
  return [...new Set(referenced.map(shortName))].map((parent) => lockOnly(form, parent, 'ROW SHARE'))
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
  const key = soleKey(world.facts?.relation?.(factsName(world, table))?.partitionKey ?? null)
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
  }
  return [
    draft,
    ...children(draft, node, context.world),
    ...changedKeys(node, table, context.world),
    ...hiddenWork(node, 'update', context),
    ...reads(node.fromClause === undefined ? undefined : { List: { items: node.fromClause } }, context),
  ]
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
    ...(isNew ? {} : { loses: `rows of ${table}` }),
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

/** Values that a foreign key holds together are looked up at its other end when they change. */
function changedKeys(node: UpdateStmt, table: string, world: World): Draft[] {
  const changed = new Set(allOf(node.targetList, 'ResTarget').map(({ name }) => quoteName(name ?? '')))
  const out = constraintsOf(world, table).flatMap(({ columns, references }) =>
    references && columns.some((column) => changed.has(column)) ? [references] : [],
  )
  const back = referencingKeys(world, table).flatMap((key) =>
    key.referencedColumns?.some((column) => changed.has(column)) === true ? [key.table] : [],
  )
  return [...new Set([...out, ...back].map(shortName))]
    .filter((other) => other !== table)
    .map((other) => lockOnly('update', other, 'ROW SHARE'))
}

/**
 * A row that others may refer to is looked up in their tables, from end to end where no index leads to it. With ON DELETE CASCADE so are
 * those that refer to theirs.
 */
function referencingRows(table: string, world: World, seen: Set<string> = new Set([table])): Draft[] {
  return referencingKeys(world, table).flatMap((key) => {
    const other = shortName(key.table)
    const lock = key.changesOnDelete === true ? 'ROW EXCLUSIVE' : 'ROW SHARE'
    const draft: Draft = {
      ...lockOnly('delete', other, lock),
      work: leadsTo(key, world) ? 'nothing' : 'scan',
    }
    const goesOn = /\bON DELETE CASCADE\b/.test(key.definition ?? '') && !seen.has(other)
    return goesOn ? [draft, ...referencingRows(other, world, seen.add(other))] : [draft]
  })
}

function leadsTo({ table, columns }: TableConstraint, world: World): boolean {
  return indexesOf(world, table).some(
    (index) =>
      index.partial !== true &&
      columns.every((column) => index.columns.slice(0, columns.length).includes(column)),
  )
}

/** TRUNCATE: empties the table, its partitions and, with CASCADE, every table that refers to it. */
export const truncate: Form<'TruncateStmt'> = (node, { world }) => {
  const relations = allOf(node.relations, 'RangeVar')
  const named = relations.map(relationName)
  const only = new Set(relations.filter(({ inh }) => inh !== true).map(relationName))
  const cascade = node.behavior === 'DROP_CASCADE'
  const all = cascade ? withReferencing(named, world) : named
  return all.flatMap((table) => {
    const others =
      cascade && world.facts?.referencing === undefined ? ' and of every table that refers to it' : ''
    const draft: Draft = {
      form: 'truncate',
      relation: table,
      lock: 'ACCESS EXCLUSIVE',
      reversible: 'no',
      names: { table },
      ...(isNewRelation(world, table) ? {} : { loses: `all rows of ${table}${others}` }),
      ...(cascade ? {} : stillReferenced(table, named, world)),
    }
    const parts = only.has(table) ? [] : descendantsOf(world, table)
    // The indexes of a partitioned table hold nothing themselves.
    const whole = [table, ...parts].filter((one) => !isKind(world, one, 'partitioned table'))
    return [
      draft,
      ...parts.map((part) => lockOnly('truncate', part, 'ACCESS EXCLUSIVE')),
      ...whole.flatMap((one) => lockIndexes('truncate', one, 'ACCESS EXCLUSIVE', world)),
      ...(node.restart_seqs === true ? restartedSequences(table, world) : []),
    ]
  })
}

function restartedSequences(table: string, world: World): Draft[] {
  const columns = world.facts?.columns?.(factsName(world, table)) ?? []
  const owned = columns.flatMap(({ sequence, ownsSequence }) => (sequence && ownsSequence ? [sequence] : []))
  return owned.map((sequence) => lockOnly('truncate', shortName(sequence), 'ACCESS EXCLUSIVE'))
}

function withReferencing(tables: readonly string[], world: World): string[] {
  const all = new Map(tables.map((table) => [qualified(table), table]))
  const open = [...tables]
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    for (const key of referencingKeys(world, table)) {
      if (all.has(key.table)) continue
      all.set(key.table, shortName(key.table))
      open.push(shortName(key.table))
    }
  }
  return [...all.values()]
}

function stillReferenced(table: string, truncated: readonly string[], world: World): { fails?: string } {
  const names = new Set(truncated.map(qualified))
  const key = referencingKeys(world, table).find((one) => !names.has(one.table))
  return key === undefined ? {} : { fails: `a foreign key of ${shortName(key.table)} points at ${table}` }
}

/** MERGE: may change every row of its table. */
export const merge: Form<'MergeStmt'> = (node, context) => {
  const { world } = context
  const table = relationName(node.relation)
  if (isView(table, world) && (world.facts?.version ?? mergesIntoViews) < mergesIntoViews) {
    const fails = `before version ${mergesIntoViews}, Postgres merges into no view`
    return [{ form: 'merge', relation: table, fails, names: { table } }]
  }
  return writtenThrough('merge', node, world, (one) => mergeIntoTable(one, context))
}

/** Postgres versions. */
const mergesIntoViews = 17

const mergeIntoTable: Form<'MergeStmt'> = (node, context) => {
  const table = relationName(node.relation)
  return [
    {
      form: 'merge',
      relation: table,
      lock: 'ROW EXCLUSIVE',
      work: isNewRelation(context.world, table) ? 'nothing' : 'row writes',
      reversible: 'no',
      names: { table, definition: context.statement.sql },
    },
    ...hiddenWork(node, 'merge', context),
    ...reads(node.sourceRelation, context),
  ]
}

/** EXPLAIN: only plans, unless ANALYZE makes it run. */
export const explain: Form<'ExplainStmt'> = ({ options }) => {
  const runs = allOf(options, 'DefElem').some(({ defname }) => defname === 'analyze')
  return [runs ? unknown('explain', 'EXPLAIN ANALYZE runs its statement') : { form: 'explain' }]
}

/** COPY: FROM writes rows like INSERT, TO reads them. */
export const copy: Form<'CopyStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.is_from === true)
    return [
      { ...lockOnly('copy', table, 'ROW EXCLUSIVE'), reversible: 'no' },
      ...parents('copy', table, context.world),
    ]
  const source = node.query ?? (node.relation === undefined ? undefined : { RangeVar: node.relation })
  if (isView(table, context.world)) {
    const fails = `COPY reads no view: COPY (SELECT * FROM ${table}) reads what it shows`
    return [{ form: 'copy', relation: table, fails, names: { table } }]
  }
  return [{ form: 'copy' }, ...hiddenWork(node, 'copy', context), ...reads(source, context)]
}

/** SELECT: harmless, unless it calls a function that may do anything, or locks rows. */
export const select: Form<'SelectStmt'> = (node, context) => {
  if (node.intoClause !== undefined) {
    const { intoClause, ...query } = node
    return fromQuery(intoClause.rel, false, { SelectStmt: query }, context)
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

// Functions and modifying WITH clauses: work that the statement's own kind does not show.
function hiddenWork(node: object, form: string, context: Context): Draft[] {
  const inner = within(Object.values(node), 'CommonTableExpr').flatMap(({ ctequery }) =>
    ctequery === undefined || 'SelectStmt' in ctequery ? [] : [ctequery],
  )
  const called = calledFunctions(node, form, context)
  const sequences = lockedSequences(form, Object.values(node) as Node[])
  return [...called, ...sequences, ...inner.flatMap((query) => modifying(query, context))]
}

function modifying(query: Node, context: Context): readonly Draft[] {
  const nested = as(query, 'DeleteStmt')
  if (nested !== undefined) return remove(nested, context)
  const updated = as(query, 'UpdateStmt')
  if (updated !== undefined) return update(updated, context)
  const inserted = as(query, 'InsertStmt')
  return inserted === undefined
    ? [unknown('with', 'its WITH clause is not judged')]
    : insert(inserted, context)
}
