import { qualified, type ConstraintFacts, type IndexFacts } from '../../postgres/facts.ts'
import type { Names } from '../effect.ts'
import {
  changeColumn,
  constraintsOf,
  factsColumn,
  factsName,
  findColumn,
  findConstraint,
  generatedFrom,
  indexesOf,
  isNewColumn,
  knowConstraint,
  knownType,
  shortName,
  type Known,
  type KnownConstraint,
  type World,
} from '../known.ts'
import { forgetColumn } from '../dropped-parts.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { keysPointingAt, referencedThrough } from './column-keys.ts'
import { checkCondition } from './constraint-text.ts'
import { whyNoValue } from './default-values.ts'
import { dropReaders, readersOfColumn } from './dropped-views.ts'
import { isNullConstant, provesNotNull } from './expressions.ts'
import type { Context, Draft } from './form.ts'
import { lockSequence } from './identity.ts'
import { lockIndexesOfWhole, lockKeyEnd, lockOnly, lockTriggered } from './locks.ts'
import { lostColumn } from './lost-columns.ts'
import { neederOf } from './needed-columns.ts'
import { isColumnAbsent, isConstraintAbsent } from './presence.ts'
import { keptBy } from './shared-columns.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** DROP COLUMN. A column that the same pending migrations added, or whose table they made, is nobody's loss. */
export const dropColumn: AlterForm = (input) => {
  const { command, table, name, context } = input
  const { world } = context
  const fresh = isNewColumn(world, table, name)
  const gone = findColumn(world, table, name) === null && command.missing_ok === true
  const names = { table, column: name, ...knownType(world, table, name) }
  if (!gone && isColumnAbsent(world, table, name))
    return [{ form: 'drop column', relation: table, lock, names, fails: `${table} has no column ${name}` }]
  const shared = { form: 'drop column', relation: table, lock, names } as const
  const made = takesAlong(input) ? (findColumn(world, table, name)?.generates ?? []) : []
  const learn = () => {
    for (const one of [name, ...made]) forgetColumn(world, table, one)
  }
  if (gone) return [{ ...shared, learn }]
  if (fresh) return [{ ...shared, learn }, ...dependents(input)]
  return [
    {
      ...shared,
      learn,
      ...lostColumn(table, name),
      fails: keptBy('drop', input, name) ?? needed(input),
    },
    ...lockIndexesOfWhole('drop column', table, lock, world, ({ uses = [] }) => uses.includes(name)),
    ...(findColumn(world, table, name)?.ownsSequence === true ? lockSequence(world, table, name, lock) : []),
    ...dependents(input),
  ]
}

/** Whether the columns that are generated from it go as well. */
function takesAlong({ command, context: { world } }: AlterCommand): boolean {
  return (
    command.behavior === 'DROP_CASCADE' || (world.facts?.version ?? refusesToTakeAlong) < refusesToTakeAlong
  )
}

/** The version of Postgres from which on only CASCADE takes them along. */
const refusesToTakeAlong = 15

/** Without CASCADE, Postgres refuses to drop what something else needs. */
function needed(input: AlterCommand): string | undefined {
  const { command, table, name, context } = input
  const { world } = context
  if (command.behavior === 'DROP_CASCADE') return undefined
  const [view] = readersOfColumn(table, name, world)
  if (view !== undefined) return `the view ${shortName(view)} reads ${table}.${name}`
  const needer = neederOf(world, table, name)
  if (needer !== undefined) return `${needer} uses ${table}.${name}`
  const made = generatedFrom(world, table, name)
  if (made !== undefined && !takesAlong(input)) return `the column ${made} is generated from ${table}.${name}`
  const [key] = keysPointingAt(world, table, name)
  return key && `a foreign key of ${shortName(key.table)} points at ${table}.${name}`
}

/** Tables at the other end of its foreign keys are locked, views that read it go with CASCADE. */
function dependents({ command, table, name, context: { world } }: AlterCommand): Draft[] {
  const cascade = command.behavior === 'DROP_CASCADE'
  const keys = cascade ? keysPointingAt(world, table, name) : []
  const back = keys.map((key) => shortName(key.table))
  const others = [...new Set([...referencedThrough(world, table, name), ...back])]
  return [
    ...others
      .filter((other) => other !== table)
      .flatMap((other) =>
        back.includes(other)
          ? lockKeyEnd('drop column', other, world)
          : lockTriggered('drop column', other, world),
      ),
    ...(cascade ? dropReaders(readersOfColumn(table, name, world), world) : []),
  ]
}

/** Whether Postgres knows without reading a row that the column has no NULL: by NOT NULL, or by a valid CHECK. */
export function isProvenNotNull(table: string, column: string, context: Context): boolean {
  const { world } = context
  const before = factsColumn(world, table, column)
  const isProof = ({ name, kind, validated, definition, isNew }: KnownConstraint) =>
    kind === 'check' &&
    validated &&
    provesNotNull(checkCondition(definition), isNew === true ? column : (before ?? '')) &&
    !isDroppedHere(name, context)
  return findColumn(world, table, column)?.notNull === true || constraintsOf(world, table).some(isProof)
}

/** SET NOT NULL: reads every row, unless a valid CHECK already proves that there is no NULL. */
export const setNotNull: AlterForm = ({ table, name, context }) => {
  const { world } = context
  const isRequired = findColumn(world, table, name)?.notNull === true
  const proven = isProvenNotNull(table, name, context)
  return [
    {
      form: 'set not null',
      relation: table,
      lock,
      work: proven ? 'nothing' : 'scan',
      names: { table, column: name, ...knownType(world, table, name) },
      ...(isRequired ? {} : { tightens: `rows without a value in ${table}.${name}` }),
      learn: (known) => changeColumn(known, world, table, name, { notNull: true }),
    },
    ...requiredFromNow(table, name, context),
  ]
}

/** The running release does not know a column that the same pending migrations added: its INSERTs leave it NULL. */
function requiredFromNow(table: string, name: string, { world }: Context): Draft[] {
  const { hasDefault, notNull } = findColumn(world, table, name) ?? {}
  if (!isNewColumn(world, table, name) || hasDefault === true || notNull === true) return []
  const why = `INSERT statements that do not know ${table}.${name} leave it NULL, which it does not allow`
  const names = { table, column: name, ...knownType(world, table, name) }
  return [{ form: 'add required column', relation: table, lock, names, breaks: [{ what: 'insert', why }] }]
}

// Postgres drops first, whatever the order in which one ALTER TABLE says it.
function isDroppedHere(constraint: string, { statement }: Context): boolean {
  return allOf(as(statement.node, 'AlterTableStmt')?.cmds, 'AlterTableCmd').some(
    ({ subtype, name }) => subtype === 'AT_DropConstraint' && quoteName(name ?? '') === constraint,
  )
}

export const dropNotNull: AlterForm = ({ table, name, context: { world } }) => [
  {
    form: 'drop not null',
    relation: table,
    lock,
    names: { table, column: name },
    ...refusal(whyRequired(table, name, world), world),
    learn: (known) => changeColumn(known, world, table, name, { notNull: false }),
  },
]

/** Why a column must not be NULL. */
function whyRequired(table: string, name: string, world: World): string | undefined {
  const column = `${table}.${name}`
  if (findColumn(world, table, name)?.identity) return `${column} is an identity, and that is never NULL`
  const key = constraintsOf(world, table).find(({ kind }) => kind === 'primary key')
  if (key?.columns.includes(name) === true) return `${column} is a part of the primary key`
  if (identityIndex(table, world)?.columns.includes(name) === true)
    return `${column} is a part of the index that is the replica identity`
  const { isPartition, parents = [] } = world.facts?.relation?.(factsName(world, table)) ?? {}
  const parent = isPartition === true ? parents[0] : undefined
  return parent !== undefined && findColumn(world, shortName(parent), name)?.notNull === true
    ? `the column ${name} of ${shortName(parent)}, whose partition ${table} is, is NOT NULL`
    : undefined
}

/** The index by which subscribers tell the rows of a table apart, as long as no migration says another. */
function identityIndex(table: string, world: World): IndexFacts | undefined {
  const changed = world.known.attached.has(`replica identity ${qualified(table)}`)
  return changed
    ? undefined
    : indexesOf(world, table).find(({ isReplicaIdentity }) => isReplicaIdentity === true)
}

/** What cannot be told for sure refuses nothing. */
function refusal(fails: string | undefined, { known }: World): { fails?: string } {
  return fails === undefined || known.doubtful ? {} : { fails }
}

/** DROP EXPRESSION: the column keeps its values, and is one like others from then on. */
export const dropExpression: AlterForm = ({ command, table, name, context: { world } }) => {
  const generated = findColumn(world, table, name)?.generated
  const isPlain = generated === null && command.missing_ok !== true
  const why = generated === 'virtual' ? 'is virtual: it has no values to keep' : 'is no generated column'
  return [
    {
      form: 'drop expression',
      relation: table,
      lock,
      names: { table, column: name },
      ...refusal(isPlain || generated === 'virtual' ? `${table}.${name} ${why}` : undefined, world),
      learn: (known) => changeColumn(known, world, table, name, { generated: null }),
    },
  ]
}

/** Why the values of a column are made otherwise than by a default, or the default is none. */
function whyNoDefault({ command, table, name, context: { world } }: AlterCommand): string | undefined {
  const column = findColumn(world, table, name)
  if (column?.identity) return `${table}.${name} is an identity: drop that first`
  if (column?.generated) return `${table}.${name} is a generated column, which has no default`
  const why = column ? whyNoValue(command.def, column.type, world) : undefined
  return why === undefined ? undefined : `${table}.${name} cannot have this default: ${why}`
}

/** SET DEFAULT and DROP DEFAULT. Without its default, a required column breaks every INSERT that leaves it out. */
export const changeDefault: AlterForm = (input) => {
  const { command, table, name, context } = input
  const { world } = context
  const refused = refusal(whyNoDefault(input), world)
  const shared = { relation: table, lock, names: { table, column: name }, ...refused } as const
  // SET DEFAULT NULL leaves none.
  const hasDefault = command.def !== undefined && !isNullConstant(command.def)
  const learn = (known: Known) => changeColumn(known, world, table, name, { hasDefault, defaultValue: null })
  if (hasDefault) return [{ ...shared, form: 'set default', learn }]
  const column = findColumn(world, table, name)
  const harmless = column === null || column?.notNull === false || column?.hasDefault === false
  if (harmless) return [{ ...shared, form: 'drop default', learn }]
  // The running release never had the default that these migrations gave an old column.
  const before = isNewColumn(world, table, name)
    ? undefined
    : world.facts?.column?.(factsName(world, table), name)
  if (before?.hasDefault === false)
    return [{ ...shared, form: 'drop default', learn, tightens: `rows without a value in ${table}.${name}` }]
  const required = column === undefined ? 'may be NOT NULL' : 'is NOT NULL'
  const why = `INSERT statements that leave out ${table}.${name} relied on its default, and the column ${required}`
  return [{ ...shared, form: 'drop default', learn, breaks: [{ what: 'insert', why }] }]
}

/** SET EXPRESSION of a generated column: a stored one is computed for each row. */
export const setExpression: AlterForm = ({ table, name, context: { world } }) => {
  const virtual = findColumn(world, table, name)?.generated === 'virtual'
  return [
    {
      form: 'set expression',
      relation: table,
      lock,
      work: virtual ? 'nothing' : 'rewrite',
      names: { table, column: name },
      ...((world.facts?.version ?? firstWithSetExpression) < firstWithSetExpression
        ? { fails: 'Postgres before 17 does not know SET EXPRESSION' }
        : {}),
    },
  ]
}

const firstWithSetExpression = 17

// What a constraint is about, for the questions to its data.
function namesOf(constraint: ConstraintFacts | null | undefined): Partial<Names> {
  if (!constraint || constraint.validated) return {}
  const { columns, definition, references, referencedColumns } = constraint
  const key = references
    ? { referenced: shortName(references), referencedColumns: referencedColumns ?? [] }
    : {}
  return { columns, definition, ...key }
}

/** VALIDATE CONSTRAINT: reads every row, beside readers and writers. */
export const validateConstraint: AlterForm = ({ table, name, context: { world } }) => {
  const constraint = findConstraint(world, table, name)
  const draft: Draft = {
    form: 'validate constraint',
    relation: table,
    lock: 'SHARE UPDATE EXCLUSIVE',
    work: constraint?.validated === true ? 'nothing' : 'scan',
    names: { table, constraint: name, ...namesOf(constraint) },
    ...(isConstraintAbsent(world, table, name) ? { fails: `${table} has no constraint ${name}` } : {}),
    learn: (known) => {
      if (constraint) knowConstraint(known, table, { ...constraint, validated: true })
    },
  }
  const referenced =
    constraint?.kind === 'foreign key' && !constraint.validated && constraint.references
      ? [constraint.references]
      : []
  return [
    draft,
    ...referenced
      .map(shortName)
      .filter((other) => other !== table)
      .map((other) => lockOnly('validate constraint', other, 'ROW SHARE')),
  ]
}
