import type { Constraint, ConstrType } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import {
  changeColumn,
  constraintKey,
  constraintsOf,
  findColumn,
  findConstraint,
  findIndex,
  isKind,
  knowConstraint,
  knowKeyIndex,
  partitionsOf,
  type World,
} from '../known.ts'
import { as } from '../nodes.ts'
import { forgetIndex } from '../dropped-parts.ts'
import { inSchemaOf, quoteName, relationName } from '../sql-text.ts'
import { isProvenNotNull } from './alter-column.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { remember, shared, writes, type Learn } from './constraint-parts.ts'
import { addForeignKey, hasKey } from './foreign-keys.ts'
import { unknown, type Draft } from './form.ts'
import { keyClausesOf } from './key-clauses.ts'
import { lockIndex } from './locks.ts'
import { isDoubted } from './presence.ts'
import { whyUnusable } from './usable-index.ts'

/** ADD CONSTRAINT: what reads the rows now, and what can be read later by VALIDATE. */
export const addConstraint: AlterForm = (input) => {
  const constraint = as(input.command.def, 'Constraint')
  if (constraint === undefined)
    return [unknown('add constraint', 'the constraint cannot be read', input.table)]
  const add = constraint.contype === undefined ? undefined : constraintForms[constraint.contype]
  if (add !== undefined) {
    const drafts = add(constraint, input)
    const fails = whyRefused(constraint, input)
    return fails === undefined
      ? drafts
      : drafts.map((draft, index) => (index === 0 ? { ...draft, fails } : draft))
  }
  const kind = String(constraint.contype).replace('CONSTR_', '')
  return [unknown('add constraint', `a constraint of this kind (${kind}) is not judged`, input.table)]
}

/** Why Postgres takes no such constraint, when the database tells. */
function whyRefused(constraint: Constraint, { table, context: { world } }: AlterCommand): string | undefined {
  if (world.known.doubtful) return undefined
  const name = constraint.conname === undefined ? undefined : quoteName(constraint.conname)
  if (name !== undefined && isDoubted(constraintKey(table, name), world)) return undefined
  if (name !== undefined && findConstraint(world, table, name))
    return `${table} already has a constraint ${name}`
  const isPrimary = constraint.contype === 'CONSTR_PRIMARY'
  if (isPrimary && constraintsOf(world, table).some(({ kind }) => kind === 'primary key'))
    return `${table} already has a primary key`
  if (constraint.indexname !== undefined) {
    const unusable = whyUnusable('constraint', quoteName(constraint.indexname), table, world)
    if (unusable !== undefined) return unusable
  }
  if (constraint.is_no_inherit === true && isKind(world, table, 'partitioned table'))
    return `${table} is partitioned, and its partitions cannot do without a CHECK of it`
  if (constraint.contype === 'CONSTR_FOREIGN' && !hasKey(constraint, world))
    return `${relationName(constraint.pktable)} has no unique constraint on the referenced columns`
  return undefined
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

function addCheck(constraint: Constraint, input: AlterCommand): Draft[] {
  const { relation, lock, names, reversible } = shared(constraint, input)
  const enforced = constraint.is_enforced === true
  const later = constraint.skip_validation === true || !enforced
  const form = later ? 'add check, not valid' : 'add check'
  const work = later ? 'nothing' : 'scan'
  const tightens = enforced ? writes(input) : undefined
  const learn = remember(input, names, { kind: 'check', validated: !later })
  return [{ form, relation, lock, work, names, tightens, reversible, learn }]
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
      learn: remember(input, draft.names, { kind: 'not null', validated: !later }),
    },
  ]
}

function addExclusion(constraint: Constraint, input: AlterCommand): Draft[] {
  const draft = shared(constraint, input)
  const learn = remember(input, draft.names, { kind: 'exclude', validated: true })
  return [{ ...draft, learn, form: 'add exclusion constraint', work: 'index build', tightens: writes(input) }]
}

/** Of a partitioned table alone no index is built: there are no rows in it. */
function indexWork({ table, context: { statement, world } }: AlterCommand): 'nothing' | 'index build' {
  const whole = as(statement.node, 'AlterTableStmt')?.relation?.inh === true
  return !whole && isKind(world, table, 'partitioned table') ? 'nothing' : 'index build'
}

function sharedByKeys(constraint: Constraint, input: AlterCommand) {
  const draft = shared(constraint, input)
  const keyClauses = keyClausesOf(constraint)
  return {
    ...draft,
    names: { ...draft.names, keyClauses, ...partitionsOf(input.context.world, input.table) },
  }
}

function addUnique(constraint: Constraint, input: AlterCommand): Draft[] {
  if (constraint.without_overlaps === true) return addExclusion(constraint, input)
  const draft = sharedByKeys(constraint, input)
  const learn = remember(input, draft.names, { kind: 'unique', validated: true })
  if (constraint.indexname !== undefined) {
    const names = { ...draft.names, index: quoteName(constraint.indexname) }
    const form = 'add unique using index'
    return [
      { ...draft, names, learn: takeIndex(input, names, learn), form, tightens: writes(input) },
      ...renamedIndex(form, names, input.context.world),
    ]
  }
  return [{ ...draft, learn, form: 'add unique', work: indexWork(input), tightens: writes(input) }]
}

function addPrimaryKey(constraint: Constraint, input: AlterCommand): Draft[] {
  if (constraint.without_overlaps === true) return addExclusion(constraint, input)
  const draft = sharedByKeys(constraint, input)
  const { columns = [] } = draft.names
  const key = remember(input, draft.names, { kind: 'primary key', validated: true })
  const learn: Draft['learn'] = (known) => {
    key(known)
    for (const column of columns)
      changeColumn(known, input.context.world, input.table, column, { notNull: true })
  }
  if (constraint.indexname === undefined) {
    const { world } = input.context
    const notNull = columns.filter((column) => findColumn(world, input.table, column)?.notNull === true)
    const names = { ...draft.names, notNull }
    const work = indexWork(input)
    return [{ ...draft, names, learn, form: 'add primary key', work, tightens: writes(input) }]
  }
  const index = quoteName(constraint.indexname)
  const names = { ...draft.names, index }
  // A nullable column becomes NOT NULL on the way, which reads every row.
  const notNull = indexColumnsAreNotNull(index, input)
  const form = notNull ? 'add primary key using index' : 'add primary key using index of a nullable column'
  return [
    { ...draft, names, learn: takeIndex(input, names, learn), form, work: notNull ? 'nothing' : 'scan' },
    ...renamedIndex(form, names, input.context.world),
  ]
}

/** The constraint has the columns of the index, which takes its name. */
function takeIndex({ table, context: { world } }: AlterCommand, names: Names, learn: Learn): Learn {
  const from = inSchemaOf(table, names.index ?? '')
  const columns = (findIndex(world, from)?.columns ?? []).filter((column) => column !== null)
  return (known) => {
    learn(known)
    const name = names.constraint ?? ''
    if (names.index !== name) forgetIndex(known, from)
    const own = known.constraints.get(qualified(table))?.get(name)
    if (own !== undefined) knowConstraint(known, table, { ...own, columns })
    knowKeyIndex(known, table, name, { columns, isPrimary: own?.kind === 'primary key' })
  }
}

// The index takes the name of the constraint. Nobody waits for one that these migrations made.
function renamedIndex(form: string, { table, constraint, index = '' }: Names, world: World): Draft[] {
  const isNew = world.known.indexes.has(qualified(inSchemaOf(table, index)))
  return constraint === index || isNew ? [] : [lockIndex(form, index, table, 'SHARE UPDATE EXCLUSIVE')]
}

function indexColumnsAreNotNull(index: string, { table, context }: AlterCommand): boolean {
  const columns = findIndex(context.world, inSchemaOf(table, index))?.columns
  return columns?.every((column) => column !== null && isProvenNotNull(table, column, context)) === true
}
