import type { Constraint, ConstrType } from 'libpg-query'
import type { ConstraintFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import { findColumn, findConstraint, findIndex, partKey, type Known, type World } from '../known.ts'
import { as, strings } from '../nodes.ts'
import { clauseAt, inventName, quoteName, relationName } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { lockParent } from './create-table.ts'
import { columnsOf } from './expressions.ts'
import { unknown, type Draft } from './form.ts'

/** ADD CONSTRAINT: what reads the rows now, and what can be read later by VALIDATE. */
export const addConstraint: AlterForm = (input) => {
  const constraint = as(input.command.def, 'Constraint')
  if (constraint === undefined)
    return [unknown('add constraint', 'the constraint cannot be read', input.table)]
  const add = constraint.contype === undefined ? undefined : constraintForms[constraint.contype]
  if (add !== undefined) return add(constraint, input)
  const kind = String(constraint.contype).replace('CONSTR_', '')
  return [unknown('add constraint', `a constraint of this kind (${kind}) is not judged`, input.table)]
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
  facts: Pick<ConstraintFacts, 'kind' | 'validated'>,
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
  const draft = shared(constraint, input)
  const later = constraint.skip_validation === true || constraint.is_enforced !== true
  const referenced = relationName(constraint.pktable)
  const referencedColumns = strings(constraint.pk_attrs).map(quoteName)
  const own: Draft = {
    ...draft,
    form: later ? 'add foreign key, not valid' : 'add foreign key',
    lock: 'SHARE ROW EXCLUSIVE',
    work: later ? 'nothing' : 'scan',
    names: { ...draft.names, referenced, referencedColumns },
    tightens: writes(input),
    ...(later ? partitioned(input) : {}),
    learn: remember(input, draft.names, { kind: 'foreign key', validated: !later }),
  }
  return referenced === input.table ? [own] : [own, lockParent('add foreign key', referenced, input.table)]
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
    return [{ ...draft, names, learn, form: 'add unique using index', tightens: writes(input) }]
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
  return [{ ...draft, names, learn, form, work: notNull ? 'nothing' : 'scan' }]
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
  const learn: Learn = (known) => known.constraints.delete(partKey(table, name))
  const gone = constraint === null && command.missing_ok === true
  if (isNew || gone) return [{ ...shared, form: 'drop constraint', learn }]
  if (constraint === undefined || constraint === null) {
    const reason = `what kind of constraint ${name} is, only the database can tell; INSERT ... ON CONFLICT may need it`
    return [{ ...shared, form: 'drop constraint', unknown: reason }]
  }
  const arbiter =
    constraint.kind === 'unique' || constraint.kind === 'primary key' || constraint.kind === 'exclude'
  if (!arbiter) return [{ ...shared, form: 'drop constraint', learn }]
  const why = `INSERT ... ON CONFLICT (${constraint.columns.join(', ')}) no longer finds a unique constraint on ${table}`
  return [{ ...shared, form: 'drop unique constraint', breaks: [{ what: 'on conflict', why }], learn }]
}
