import type { Constraint, ConstrType } from 'libpg-query'
import type { ConstraintFacts, IndexFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import {
  constraintsOf,
  descendantsOf,
  factsName,
  findColumn,
  findConstraint,
  findIndex,
  indexesOf,
  isKind,
  isNewRelation,
  partKey,
  referencingKeys,
  shortName,
  type Known,
  type World,
} from '../known.ts'
import { qualified } from '../../postgres/facts.ts'
import { as, strings } from '../nodes.ts'
import { clauseAt, inventName, quoteName, relationName } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { lockParent } from './create-table.ts'
import { columnsOf } from './expressions.ts'
import { unknown, type Draft } from './form.ts'
import { lockDescendants, lockIndex, lockIndexes, lockOnly } from './locks.ts'
import { arbiterIsGone } from './upserts.ts'

/** ADD CONSTRAINT: what reads the rows now, and what can be read later by VALIDATE. */
export const addConstraint: AlterForm = (input) => {
  const constraint = as(input.command.def, 'Constraint')
  if (constraint === undefined)
    return [unknown('add constraint', 'the constraint cannot be read', input.table)]
  const add = constraint.contype === undefined ? undefined : constraintForms[constraint.contype]
  if (add !== undefined) {
    const [first, ...others] = add(constraint, input)
    const fails = whyRefused(constraint, input)
    return first === undefined || fails === undefined
      ? [...(first ? [first] : []), ...others]
      : [{ ...first, fails }, ...others]
  }
  const kind = String(constraint.contype).replace('CONSTR_', '')
  return [unknown('add constraint', `a constraint of this kind (${kind}) is not judged`, input.table)]
}

/** Why Postgres takes no such constraint, when the database tells. */
function whyRefused(constraint: Constraint, { table, context: { world } }: AlterCommand): string | undefined {
  if (world.facts?.constraints === undefined || world.known.doubtful) return undefined
  const name = constraint.conname === undefined ? undefined : quoteName(constraint.conname)
  if (name !== undefined && findConstraint(world, table, name))
    return `${table} already has a constraint ${name}`
  const hasPrimary = constraintsOf(world, table).some(({ kind }) => kind === 'primary key')
  if (constraint.contype === 'CONSTR_PRIMARY' && hasPrimary) return `${table} already has a primary key`
  if (constraint.contype === 'CONSTR_FOREIGN' && !hasKey(constraint, world))
    return `${relationName(constraint.pktable)} has no unique constraint on the referenced columns`
  return undefined
}

/** Whether the referenced columns are those of a unique index. */
function hasKey(constraint: Constraint, world: World): boolean {
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

/** What each kind of constraint does. A new one is one entry; what is not here is refused as unknown. */
const constraintForms: Partial<Record<ConstrType, (constraint: Constraint, input: AlterCommand) => Draft[]>> =
  {
    CONSTR_CHECK: addCheck,
    CONSTR_FOREIGN: addForeignKey,
    CONSTR_UNIQUE: addUnique,
    CONSTR_PRIMARY: addPrimaryKey,
    CONSTR_NOTNULL: addNotNull,
    CONSTR_EXCLUSION: addExclusion,
  }

type Learn = (known: Known) => void

function writes({ table }: AlterCommand): string {
  return `rows of ${table} that violate the constraint`
}

function describe(constraint: Constraint, { table, context }: AlterCommand): Names & { constraint: string } {
  const columns = [...strings(constraint.keys), ...strings(constraint.fk_attrs)].map(quoteName)
  const all = columns.length > 0 ? columns : columnsOf(constraint.raw_expr)
  const suffix = {
    CONSTR_CHECK: 'check',
    CONSTR_FOREIGN: 'fkey',
    CONSTR_PRIMARY: 'pkey',
    CONSTR_NOTNULL: 'not_null',
  }
  const end = suffix[constraint.contype as keyof typeof suffix] ?? 'key'
  const parts = end === 'pkey' ? [] : all
  const name =
    constraint.conname === undefined ? inventName(table, ...parts, end) : quoteName(constraint.conname)
  return {
    table,
    constraint: name,
    columns: all,
    definition: clauseAt(context.statement, constraint.location),
  }
}

function shared(constraint: Constraint, input: AlterCommand) {
  const names = describe(constraint, input)
  return { relation: input.table, lock: 'ACCESS EXCLUSIVE', names, reversible: 'yes' } as const
}

/** Remembers the constraint, so that a later VALIDATE or SET NOT NULL is judged with it. */
function remember(
  input: AlterCommand,
  names: Names,
  facts: Pick<ConstraintFacts, 'kind' | 'validated' | 'references' | 'referencedColumns'>,
): Learn {
  const name = names.constraint ?? ''
  const definition = (names.definition ?? '').replace(/^constraint\s+("(?:[^"]|"")+"|\S+)\s+/i, '')
  return (known) => {
    known.constraints.set(partKey(input.table, name), {
      name,
      columns: names.columns ?? [],
      definition,
      ...facts,
    })
  }
}

function addCheck(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  const enforced = constraint.is_enforced === true
  const later = constraint.skip_validation === true || !enforced
  return [
    {
      ...draft,
      form: later ? 'add check, not valid' : 'add check',
      work: later ? 'nothing' : 'scan',
      ...(enforced ? { tightens: writes(input) } : {}),
      learn: remember(input, draft.names, { kind: 'check', validated: !later }),
    },
  ]
}

function addNotNull(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  const later = constraint.skip_validation === true
  const column = draft.names.columns?.[0] ?? ''
  return [
    {
      ...draft,
      names: { ...draft.names, column },
      form: later ? 'add not null, not valid' : 'set not null',
      work: later ? 'nothing' : 'scan',
      tightens: `rows without a value in ${input.table}.${column}`,
    },
  ]
}

function addExclusion(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  return [{ ...draft, form: 'add exclusion constraint', work: 'index build', tightens: writes(input) }]
}

function addForeignKey(constraint: Constraint, input: AlterCommand): Draft[] {
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
    names: { ...draft.names, referenced, referencedColumns },
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
  const references = findConstraint(world, table, name)?.references
  const draft: Draft = {
    form: 'alter constraint',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    work: enforces && change?.is_enforced === true ? 'scan' : 'nothing',
    names: { table, constraint: name },
  }
  const other =
    enforces && references ? [lockOnly('alter constraint', shortName(references), 'ACCESS EXCLUSIVE')] : []
  return [draft, ...other]
}

const firstWithNotValidOnPartitions = 18

function partitioned({ table, context: { world } }: AlterCommand): Pick<Draft, 'fails'> {
  const { facts } = world
  const newEnough = (facts?.version ?? 0) >= firstWithNotValidOnPartitions
  if (newEnough || facts?.kind?.(table) !== 'partitioned table') return {}
  return {
    fails: `${table} is partitioned, and Postgres before 18 has no NOT VALID foreign key on such a table`,
  }
}

function addUnique(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  const learn = remember(input, draft.names, { kind: 'unique', validated: true })
  if (constraint.indexname !== undefined) {
    const names = { ...draft.names, index: quoteName(constraint.indexname) }
    const form = 'add unique using index'
    return [
      { ...draft, names, learn, form, tightens: writes(input) },
      ...renamedIndex(form, constraint, names),
    ]
  }
  return [{ ...draft, learn, form: 'add unique', work: 'index build', tightens: writes(input) }]
}

function addPrimaryKey(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  const learn = remember(input, draft.names, { kind: 'primary key', validated: true })
  if (constraint.indexname === undefined) {
    return [{ ...draft, learn, form: 'add primary key', work: 'index build', tightens: writes(input) }]
  }
  const index = quoteName(constraint.indexname)
  const names = { ...draft.names, index }
  // A nullable column becomes NOT NULL on the way, which reads every row.
  const notNull = indexColumnIsNotNull(input.context.world, input.table, index)
  const form = notNull ? 'add primary key using index' : 'add primary key using index of a nullable column'
  return [
    { ...draft, names, learn, form, work: notNull ? 'nothing' : 'scan' },
    ...renamedIndex(form, constraint, names),
  ]
}

// The index takes the name of the constraint.
function renamedIndex(form: string, { conname }: Constraint, { table, index = '' }: Names): Draft[] {
  const same = conname === undefined || quoteName(conname) === index
  return same ? [] : [lockIndex(form, index, table, 'SHARE UPDATE EXCLUSIVE')]
}

function indexColumnIsNotNull(world: World, table: string, index: string): boolean {
  const facts = findIndex(world, index)
  return (
    facts?.columns.every(
      (column) => column !== null && findColumn(world, table, column)?.notNull === true,
    ) === true
  )
}

/** DROP CONSTRAINT: dropping a unique one takes the arbiter of ON CONFLICT away. */
export const dropConstraint: AlterForm = ({ command, table, name, context: { world } }) => {
  const constraint = findConstraint(world, table, name)
  const shared = { relation: table, lock: 'ACCESS EXCLUSIVE', names: { table, constraint: name } } as const
  const isNew = world.known.constraints.has(partKey(table, name))
  const learn: Learn = (known) => {
    known.constraints.delete(partKey(table, name))
    known.dropped.add(partKey(table, name))
  }
  const gone = constraint === null && command.missing_ok === true
  if (isNew || gone) return [{ ...shared, form: 'drop constraint', learn }]
  if (constraint === null && world.facts?.constraints !== undefined && !world.known.doubtful)
    return [{ ...shared, form: 'drop constraint', fails: `${table} has no constraint ${name}` }]
  if (constraint === undefined || constraint === null) {
    const reason = `what kind of constraint ${name} is, only the database can tell; INSERT ... ON CONFLICT may need it`
    return [{ ...shared, form: 'drop constraint', unknown: reason }]
  }
  if (constraint.kind === 'foreign key') {
    const other = constraint.references ? shortName(constraint.references) : table
    const parent = other === table ? [] : [lockOnly('drop constraint', other, 'ACCESS EXCLUSIVE')]
    return [{ ...shared, form: 'drop constraint', learn }, ...parent]
  }
  const arbiter =
    constraint.kind === 'unique' || constraint.kind === 'primary key' || constraint.kind === 'exclude'
  if (!arbiter) return [{ ...shared, form: 'drop constraint', learn }]
  const cascade = command.behavior === 'DROP_CASCADE'
  const keys = referencingKeys(world, table).filter(
    ({ referencedColumns }) =>
      [...(referencedColumns ?? [])].sort().join() === [...constraint.columns].sort().join(),
  )
  const index = indexNamed(world, table, name)
  return [
    {
      ...shared,
      form: 'drop unique constraint',
      learn,
      ...arbiterIsGone(world, table, constraint.columns, 'unique constraint'),
      ...(keys.length > 0 && !cascade
        ? { fails: `a foreign key of ${shortName(keys[0]?.table ?? '')} needs it` }
        : {}),
    },
    ...lockIndexes('drop constraint', table, 'ACCESS EXCLUSIVE', world, (one) => one === index),
    ...(cascade
      ? keys.map((key) => lockOnly('drop constraint', shortName(key.table), 'ACCESS EXCLUSIVE'))
      : []),
  ]
}

// The index of a constraint has its name.
function indexNamed(world: World, table: string, constraint: string): IndexFacts | undefined {
  return indexesOf(world, table).find(
    ({ name = '', ofConstraint }) => ofConstraint === true && name.endsWith(`.${constraint}`),
  )
}
