import type { Constraint } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import {
  constraintsOf,
  descendantsOf,
  factsName,
  findConstraint,
  indexesOf,
  isKind,
  isNewRelation,
  knowConstraint,
  partitionsOf,
  shortName,
  type Known,
  type World,
} from '../known.ts'
import { as, strings } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { constrainedColumns, constraintName } from './constraint-names.ts'
import { remember, shared, writes } from './constraint-parts.ts'
import type { Draft } from './form.ts'
import { lockDescendants, lockOnly, lockParent } from './locks.ts'

/** Whether the referenced columns are those of a unique index. */
export function hasKey(constraint: Constraint, world: World): boolean {
  const referenced = relationName(constraint.pktable)
  if (isNewRelation(world, referenced) || !world.facts?.relation?.(factsName(world, referenced))) return true
  const columns = strings(constraint.pk_attrs).map(quoteName).sort().join()
  const made = [...world.known.indexes.values()].some(
    ({ table }) => qualified(table) === qualified(referenced),
  )
  const constrained = constraintsOf(world, referenced).some(
    (one) =>
      ['unique', 'primary key'].includes(one.kind) &&
      (columns === '' || [...one.columns].sort().join() === columns),
  )
  const indexed = indexesOf(world, referenced).some(
    (one) =>
      one.unique &&
      one.partial !== true &&
      (columns === '' ? one.isPrimary === true : [...one.columns].sort().join() === columns),
  )
  return made || constrained || indexed
}

/** ADD FOREIGN KEY: both tables are read while nobody can write to either, unless NOT VALID leaves that for later. */
export function addForeignKey(constraint: Constraint, input: AlterCommand): Draft[] {
  const { world } = input.context
  const draft = shared(constraint, input)
  const later = constraint.skip_validation === true || constraint.is_enforced !== true
  const referenced = relationName(constraint.pktable)
  const referencedColumns = keyOf(constraint, referenced, world)
  const adopted = adoptsPartitions(draft.names.columns ?? [], referenced, input)
  const own: Draft = {
    ...draft,
    form: later ? 'add foreign key, not valid' : 'add foreign key',
    lock: 'SHARE ROW EXCLUSIVE',
    work: later || adopted ? 'nothing' : 'scan',
    names: { ...draft.names, referenced, referencedColumns, ...keyPartitions(world, input.table) },
    tightens: writes(input),
    ...(later ? partitioned(input) : {}),
    learn: remember(input, draft.names, {
      kind: 'foreign key',
      validated: !later,
      references: qualified(referenced),
      referencedColumns,
    }),
  }
  if (referenced === input.table) return [own]
  const parent = lockParent('add foreign key', referenced, input.table)
  // Keys of partitions that become part of the new one are taken apart first.
  const lock = adopted ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE'
  return [own, { ...parent, lock }, ...lockDescendants(parent, world)]
}

/** Remembers the foreign key of a new table or column. */
export function knowForeignKey(
  known: Known,
  table: string,
  constraint: Constraint,
  column: string | undefined,
  world: World,
): void {
  const referenced = relationName(constraint.pktable)
  knowConstraint(known, table, {
    name: constraintName(constraint, table, column),
    kind: 'foreign key',
    validated: true,
    columns: constrainedColumns(constraint, column),
    definition: definitionOf(constraint),
    isNew: true,
    references: qualified(referenced),
    referencedColumns: keyOf(constraint, referenced, world),
  })
}

/** What Postgres would print of it, but for the tables and columns. */
function definitionOf({
  fk_del_action: onDelete = '',
  fk_upd_action: onUpdate = '',
  deferrable,
  initdeferred,
  is_enforced: isEnforced,
}: Constraint): string {
  return [
    'FOREIGN KEY',
    ...(onDelete in actions ? [`ON DELETE ${String(actions[onDelete])}`] : []),
    ...(onUpdate in actions ? [`ON UPDATE ${String(actions[onUpdate])}`] : []),
    ...(deferrable === true ? ['DEFERRABLE'] : []),
    ...(initdeferred === true ? ['INITIALLY DEFERRED'] : []),
    ...(isEnforced === false ? ['NOT ENFORCED'] : []),
  ].join(' ')
}

/** By the letters of the parser; the one that is left out waits like the key itself. */
const actions: Readonly<Record<string, string>> = {
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
  r: 'RESTRICT',
}

// Without columns, the primary key is meant.
function keyOf({ pk_attrs: named }: Constraint, referenced: string, world: World): readonly string[] {
  const columns = strings(named).map(quoteName)
  if (columns.length > 0) return columns
  return constraintsOf(world, referenced).find(({ kind }) => kind === 'primary key')?.columns ?? []
}

// Every partition has the same key already: Postgres takes these over instead of reading the rows.
function adoptsPartitions(
  columns: readonly string[],
  referenced: string,
  { table, context }: AlterCommand,
): boolean {
  const { world } = context
  const partitions = descendantsOf(world, table)
  const has = (partition: string) =>
    constraintsOf(world, partition).some(
      (key) =>
        key.kind === 'foreign key' &&
        key.validated &&
        key.references === qualified(referenced) &&
        key.columns.join() === columns.join(),
    )
  return isKind(world, table, 'partitioned table') && partitions.length > 0 && partitions.every(has)
}

/** ALTER CONSTRAINT: short, unless a foreign key is enforced again and all rows are looked up. */
export const alterConstraint: AlterForm = ({ command, table, context: { world } }) => {
  const change = as(command.def, 'ATAlterConstraint')
  const name = quoteName(change?.conname ?? '')
  const enforces = change?.alterEnforceability === true
  const constraint = findConstraint(world, table, name)
  const references = constraint?.references
  const refused =
    constraint && constraint.kind !== 'foreign key' && (world.facts?.version ?? 0) < firstWithOtherKinds
  const draft: Draft = {
    form: 'alter constraint',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    work: enforces && change?.is_enforced === true ? 'scan' : 'nothing',
    names: { table, constraint: name },
    ...(refused ? { fails: `${name} of ${table} is not a foreign key` } : {}),
  }
  const other =
    enforces && references ? [lockOnly('alter constraint', shortName(references), 'ACCESS EXCLUSIVE')] : []
  return [draft, ...other]
}

/** Before it, Postgres changes no constraints but foreign keys. */
const firstWithOtherKinds = 18

const firstWithNotValidOnPartitions = 18

/** The partitions that get a foreign key one by one, where the table as a whole cannot have one that is NOT VALID. */
export function keyPartitions(world: World, table: string): ReturnType<typeof partitionsOf> {
  const newEnough = (world.facts?.version ?? 0) >= firstWithNotValidOnPartitions
  return newEnough ? {} : partitionsOf(world, table)
}

function partitioned({ table, context: { world } }: AlterCommand): Pick<Draft, 'fails'> {
  if (keyPartitions(world, table).partitions === undefined) return {}
  return {
    fails: `${table} is partitioned, and Postgres before 18 has no NOT VALID foreign key on such a table`,
  }
}
