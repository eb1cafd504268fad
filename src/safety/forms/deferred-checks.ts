import type { ConstraintsSetStmt, MergeWhenClause, Node, UpdateStmt } from 'libpg-query'
import { qualified, type ConstraintFacts, type TableConstraint } from '../../postgres/facts.ts'
import { constraintsOf, descendantsOf, factsName, isNewRelation, referencingKeys } from '../known.ts'
import type { Known, PutOff, World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import type { Statement } from '../parse.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import { isNullConstant } from './expressions.ts'
import type { Context, Draft, Form } from './form.ts'
import { actionOn, changedTargets } from './key-lookups.ts'

/**
 * Foreign keys that are checked at the commit only, as Django makes them: while rows of a table wait for such a check, Postgres refuses to
 * change the table.
 */

/** What a write does to the rows of a table. */
export interface Write {
  readonly kind: 'insert' | 'update' | 'delete'
  /** Of an UPDATE: what it sets to something else than NULL. */
  readonly columns?: ReadonlySet<string>
  /** Whether it surely writes a row. */
  readonly isSure: boolean
}

/** What an UPDATE, or a branch of a MERGE, does. */
export function changesOf({
  commandType = 'CMD_UPDATE',
  ...node
}: Pick<UpdateStmt, 'relation' | 'targetList'> & Pick<MergeWhenClause, 'commandType'>): Write {
  const kind = commandType === 'CMD_INSERT' ? 'insert' : commandType === 'CMD_DELETE' ? 'delete' : 'update'
  const set = changedTargets(node).filter(({ val }) => !isNullConstant(val))
  return { kind, columns: new Set(set.map(({ name }) => quoteName(name ?? ''))), isSure: false }
}

/** Remembers the rows of a write that wait for a check. */
export function putOffChecks(known: Known, table: string, write: Write, { statement, world }: Context): void {
  const before = putOffIn(known, statement)
  const key = waitingKeys(table, write, world).find((one) => isPutOff(one, before))
  if (key === undefined || before.waiting.get(qualified(table))?.isSure === true) return
  known.putOff = before
  before.waiting.set(qualified(table), { constraint: key.name, isSure: write.isSure })
}

/** SET CONSTRAINTS: when deferred constraints are looked at. */
export const setConstraints: Form<'ConstraintsSetStmt'> = (node, { statement }) => [
  {
    form: 'set constraints',
    learn: (known) => void (known.putOff = asSet(node, putOffIn(known, statement))),
  },
]

function asSet({ constraints, deferred = false }: ConstraintsSetStmt, before: PutOff): PutOff {
  const names = allOf(constraints, 'RangeVar').map(({ relname }) => quoteName(relname ?? ''))
  const waiting = [...before.waiting].filter(
    ([, { constraint }]) => deferred || (names.length > 0 && !names.includes(constraint)),
  )
  return {
    transaction: before.transaction,
    all: names.length > 0 ? before.all : deferred,
    named:
      names.length > 0
        ? new Map([...before.named, ...names.map((name) => [name, deferred] as const)])
        : new Map(),
    waiting: new Map(waiting),
  }
}

/** What Postgres refuses to do to a table while rows of it wait for a check. */
export function refusedWhileWaiting(node: Node, { statement, world }: Context): Draft[] {
  const { putOff } = world.known
  if (putOff === undefined || putOff.transaction !== transactionOf(statement) || putOff.waiting.size === 0)
    return []
  return changedTables(node).flatMap((table) => {
    const [found] = family(table, world).flatMap((name) => {
      const rows = putOff.waiting.get(qualified(name))
      return rows === undefined ? [] : [{ name, ...rows }]
    })
    if (found === undefined) return []
    const wait = `wait for the deferred check of ${found.constraint}`
    const fails = found.isSure
      ? `rows of ${found.name} that were written before in this transaction ${wait}`
      : `Postgres refuses it when rows of ${found.name} were written before in this transaction, because they ${wait}`
    // Of a new table as well.
    const place = isNewRelation(world, table) ? {} : { relation: table }
    return [{ form: 'change table', ...place, names: { table }, fails: `${fails}; ${way}` }]
  })
}

const way = 'SET CONSTRAINTS ALL IMMEDIATE before it has them checked'

function changedTables(node: Node): string[] {
  const altered = as(node, 'AlterTableStmt')
  const indexed = as(node, 'IndexStmt')
  const dropped = as(node, 'DropStmt')
  if (altered?.objtype === 'OBJECT_TABLE') return [relationName(altered.relation)]
  if (indexed !== undefined && indexed.concurrent !== true) return [relationName(indexed.relation)]
  if (dropped?.removeType === 'OBJECT_TABLE')
    return allOf(dropped.objects, 'List').map(({ items }) => listName(items))
  const clustered = as(node, 'ClusterStmt')?.relation
  if (clustered !== undefined) return [relationName(clustered)]
  return allOf(as(node, 'TruncateStmt')?.relations, 'RangeVar').map(relationName)
}

/** A row that is written through a partitioned table is one of a partition. */
function family(table: string, world: World): readonly string[] {
  const parents = world.facts?.relation?.(factsName(world, table))?.parents ?? []
  return [table, ...descendantsOf(world, table), ...parents]
}

function putOffIn({ putOff }: Known, statement: Statement): PutOff {
  const transaction = transactionOf(statement)
  return putOff?.transaction === transaction
    ? putOff
    : { transaction, all: undefined, named: new Map(), waiting: new Map() }
}

function transactionOf({ migration, unit }: Statement): string {
  return `${unit} ${migration}`
}

/** The foreign keys that a write has checked: those of the table, and those that point at it. */
function waitingKeys(table: string, { kind, columns }: Write, world: World): ConstraintFacts[] {
  const isSet = (names: readonly string[] | null | undefined) =>
    kind !== 'update' || names?.some((name) => columns?.has(name) === true) === true
  const own = constraintsOf(world, table).filter(
    (one) => kind !== 'delete' && one.kind === 'foreign key' && isSet(one.columns),
  )
  const event = kind === 'delete' ? 'DELETE' : 'UPDATE'
  const back = [...referencingKeys(world, table), ...newReferencingKeys(world, table)].filter(
    // What the other rows do then is done at once.
    (key) => kind !== 'insert' && isSet(key.referencedColumns) && actionOn(event, key) === undefined,
  )
  return [...own, ...back]
}

/** The foreign keys of the pending migrations that point at a table. */
function newReferencingKeys({ known }: World, table: string): TableConstraint[] {
  const referenced = qualified(table)
  return [...known.constraints].flatMap(([owner, constraints]) =>
    [...constraints.values()].flatMap((one) =>
      one.isNew === true && one.references === referenced ? [{ ...one, table: owner }] : [],
    ),
  )
}

function isPutOff({ name, definition }: ConstraintFacts, { all, named }: PutOff): boolean {
  const isDeferred = /\bINITIALLY DEFERRED\b/i.test(definition)
  if (/\bNOT (DEFERRABLE|ENFORCED)\b/i.test(definition)) return false
  return (isDeferred || /\bDEFERRABLE\b/i.test(definition)) && (named.get(name) ?? all ?? isDeferred)
}
