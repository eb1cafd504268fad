import { as } from '../nodes.ts'
import type { Node } from 'libpg-query'
import {
  constraintsOf,
  findColumn,
  findConstraint,
  isNewColumn,
  partKey,
  type Known,
  type World,
} from '../known.ts'
import type { ColumnFacts } from '../../postgres/facts.ts'
import { clauseAt, columnOf, typeText } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { provesNotNull } from './expressions.ts'
import { checkCondition } from './constraint-text.ts'
import type { Draft } from './form.ts'
import { isFreeChange } from './type-change.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** DROP COLUMN. A column that the same pending migrations added is nobody's loss. */
export const dropColumn: AlterForm = ({ command, table, name, context }) => {
  const fresh = isNewColumn(context.world, table, name)
  const gone = findColumn(context.world, table, name) === null && command.missing_ok === true
  const shared = { form: 'drop column', relation: table, lock, names: { table, column: name } } as const
  const learn = (known: Known) => {
    known.columns.delete(partKey(table, name))
    known.newColumns.delete(partKey(table, name))
  }
  if (fresh || gone) return [{ ...shared, learn }]
  const column = `${table}.${name}`
  return [
    {
      ...shared,
      learn,
      breaks: (['read', 'insert', 'update'] as const).map((what) => ({
        what,
        why: `${column} no longer exists`,
      })),
      loses: `the column ${column} and its values`,
      reversible: 'no',
      drops: [{ kind: 'column', name: column }],
    },
  ]
}

/** SET NOT NULL: reads every row, unless a valid CHECK already proves that there is no NULL. */
export const setNotNull: AlterForm = ({ table, name, context }) => {
  const { world } = context
  const column = findColumn(world, table, name)
  const proven =
    column?.notNull === true ||
    constraintsOf(world, table).some(
      ({ kind, validated, definition }) =>
        kind === 'check' && validated && provesNotNull(checkCondition(definition), name),
    )
  return [
    {
      form: 'set not null',
      relation: table,
      lock,
      work: proven ? 'nothing' : 'scan',
      names: { table, column: name },
      ...(column?.notNull === true ? {} : { tightens: `rows without a value in ${table}.${name}` }),
      learn: (known) => changeColumn(known, world, table, name, { notNull: true }),
    },
  ]
}

export const dropNotNull: AlterForm = ({ table, name, context: { world } }) => [
  {
    form: 'drop not null',
    relation: table,
    lock,
    names: { table, column: name },
    learn: (known) => changeColumn(known, world, table, name, { notNull: false }),
  },
]

/** SET DEFAULT and DROP DEFAULT. Without its default, a required column breaks every INSERT that leaves it out. */
export const changeDefault: AlterForm = ({ command, table, name, context }) => {
  const { world } = context
  const shared = { relation: table, lock, names: { table, column: name } } as const
  const hasDefault = command.def !== undefined
  const learn = (known: Known) => changeColumn(known, world, table, name, { hasDefault })
  if (hasDefault) return [{ ...shared, form: 'set default', learn }]
  const column = findColumn(world, table, name)
  const harmless = column === null || column?.notNull === false || column?.hasDefault === false
  if (harmless) return [{ ...shared, form: 'drop default', learn }]
  const required = column === undefined ? 'may be NOT NULL' : 'is NOT NULL'
  const why = `INSERT statements that leave out ${table}.${name} relied on its default, and the column ${required}`
  return [{ ...shared, form: 'drop default', learn, breaks: [{ what: 'insert', why }] }]
}

/** ALTER COLUMN ... TYPE: free only where Postgres is known to keep rows and indexes as they are. */
export const changeType: AlterForm = ({ command, table, name, context }) => {
  const definition = as(command.def, 'ColumnDef')
  const type = typeText(definition?.typeName)
  const using = usingText(definition?.raw_default, definition?.location, context)
  const before = findColumn(context.world, table, name)
  const names = { table, column: name, type, ...(using === undefined ? {} : { expression: using }) }
  const free =
    isRelabel(definition?.raw_default, name, type) && isFree(before, type, table, name, context.world)
  const fails =
    before?.inView === true
      ? { fails: `a view reads ${table}.${name}: drop the view first, and make it again` }
      : {}
  const learn = (known: Known) => changeColumn(known, context.world, table, name, { type })
  if (free && definition?.collClause === undefined) {
    return [{ form: 'change type for free', relation: table, lock, names, learn, ...fails }]
  }
  return [
    { form: 'change type', relation: table, lock, work: 'rewrite', names, reversible: 'no', ...fails, learn },
  ]
}

// USING a, or USING a::type with the new type, changes nothing about what the type change does.
function isRelabel(using: Node | undefined, column: string, type: string): boolean {
  if (using === undefined) return true
  const cast = as(using, 'TypeCast')
  return columnOf(cast?.arg ?? using) === column && (cast === undefined || typeText(cast.typeName) === type)
}

function isFree(
  column: ColumnFacts | null | undefined,
  type: string,
  table: string,
  name: string,
  world: World,
): boolean {
  if (column === null || column === undefined || !isFreeChange(column.type, type)) return false
  // A CHECK on the column is verified again, a foreign key is made again: both read every row.
  return !constraintsOf(world, table).some(
    ({ kind, columns }) => (kind === 'check' || kind === 'foreign key') && columns.includes(name),
  )
}

function usingText(
  using: Node | undefined,
  location: number | undefined,
  { statement }: AlterCommand['context'],
): string | undefined {
  if (using === undefined) return undefined
  return /\busing\b\s*([\s\S]*)$/i.exec(clauseAt(statement, location))?.[1]?.trim()
}

/** ALTER COLUMN ... ADD GENERATED AS IDENTITY, SET GENERATED, DROP IDENTITY. */
export const addIdentity: AlterForm = ({ table, name, context: { world } }) => [
  {
    form: 'add identity',
    relation: table,
    lock,
    names: { table, column: name },
    learn: (known) => changeColumn(known, world, table, name, { hasDefault: true }),
  },
]

export const dropIdentity: AlterForm = ({ table, name }) => {
  const why = `INSERT statements that leave out ${table}.${name} relied on its generated value`
  return [
    {
      form: 'drop identity',
      relation: table,
      lock,
      names: { table, column: name },
      breaks: [{ what: 'insert', why }],
    },
  ]
}

function changeColumn(
  known: Known,
  world: World,
  table: string,
  name: string,
  change: Partial<ColumnFacts>,
): void {
  const column = findColumn(world, table, name)
  if (column) known.columns.set(partKey(table, name), { ...column, ...change })
}

/** VALIDATE CONSTRAINT: reads every row, beside readers and writers. */
export const validateConstraint: AlterForm = ({ table, name, context: { world } }) => {
  const constraint = findConstraint(world, table, name)
  const draft: Draft = {
    form: 'validate constraint',
    relation: table,
    lock: 'SHARE UPDATE EXCLUSIVE',
    work: constraint?.validated === true ? 'nothing' : 'scan',
    names: { table, constraint: name },
    learn: (known) => {
      if (constraint) known.constraints.set(partKey(table, name), { ...constraint, validated: true })
    },
  }
  return [draft]
}
