import { qualified, type ColumnFacts } from '../../postgres/facts.ts'
import { changeColumn, isNewRelation, findColumn, isNewColumn, shortName, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import type { LockMode } from '../effect.ts'
import type { Statement } from '../parse.ts'
import { objectName, quoteName } from '../sql-text.ts'
import type { AlterForm } from './alter-form.ts'
import { lockOnly } from './locks.ts'
import type { Draft } from './form.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** ALTER COLUMN ... ADD GENERATED AS IDENTITY: the old rows keep their values. */
export const addIdentity: AlterForm = ({ command, table, name, context }) => {
  const { world } = context
  const fails = whyNoIdentity(findColumn(world, table, name), dropsDefault(context.statement, name))
  const definition = as(command.def, 'Constraint')
  const always = definition?.generated_when === 'a'
  const named = allOf(definition?.options, 'DefElem').find(({ defname }) => defname === 'sequence_name')
  const identity = always ? 'always' : 'by default'
  const made = { hasDefault: true, sequence: null, identityOptions: undefined }
  return [
    {
      form: 'add identity',
      relation: table,
      lock,
      names: { table, column: name },
      ...(fails === undefined || world.known.doubtful ? {} : { fails: `${table}.${name} ${fails}` }),
      ...(always && !isNewColumn(world, table, name) ? { breaks: refusedValues(table, name) } : {}),
      learn: (known) => {
        changeColumn(known, world, table, name, { ...made, identity })
        if (named !== undefined) known.relations.add(qualified(objectName(named.arg)))
      },
    },
  ]
}

function whyNoIdentity(column: ColumnFacts | null | undefined, losesDefault: boolean): string | undefined {
  if (!column) return undefined
  if (column.identity) return 'is an identity already'
  if (column.hasDefault && !losesDefault)
    return 'has a default: an identity takes its place only when it is dropped first'
  return column.notNull ? undefined : 'may be NULL, and an identity must not'
}

/** Whether the same statement drops the default: Postgres does that before it adds anything. */
function dropsDefault({ node }: Statement, column: string): boolean {
  return allOf(as(node, 'AlterTableStmt')?.cmds, 'AlterTableCmd').some(
    ({ subtype, name, def }) =>
      subtype === 'AT_ColumnDefault' && def === undefined && quoteName(name ?? '') === column,
  )
}

function refusedValues(table: string, column: string): Draft['breaks'] {
  const why = `statements that write ${table}.${column} themselves are refused once it is GENERATED ALWAYS`
  return (['insert', 'update'] as const).map((what) => ({ what, why }))
}

/** ALTER COLUMN ... SET GENERATED and RESTART. ALWAYS refuses the values that the running release writes itself. */
export const setIdentity: AlterForm = ({ command, table, name, context: { world } }) => {
  const options = allOf(as(command.def, 'List')?.items, 'DefElem')
  const generated = options.find(({ defname }) => defname === 'generated')?.arg
  const always = as(generated, 'Integer')?.ival === 'a'.charCodeAt(0)
  const already = findColumn(world, table, name)?.identity === 'always' || isNewColumn(world, table, name)
  const isNone = findColumn(world, table, name)?.identity === null && !isNewColumn(world, table, name)
  const restarts = options.some(({ defname }) => defname === 'restart')
  return [
    {
      form: 'set identity',
      relation: table,
      lock,
      names: { table, column: name },
      ...(always && !already ? { breaks: refusedValues(table, name) } : {}),
      ...(isNone && !world.known.doubtful ? { fails: `${table}.${name} is no identity` } : {}),
      ...(restarts ? { tightens: 'numbers that the identity gives once more' } : {}),
      learn: (known) => {
        const kind = generated === undefined ? {} : ({ identity: always ? 'always' : 'by default' } as const)
        changeColumn(known, world, table, name, { ...kind, identityOptions: undefined })
      },
    },
    ...lockSequence(world, table, name, 'SHARE ROW EXCLUSIVE'),
  ]
}

/** ALTER COLUMN ... DROP IDENTITY: the column stays NOT NULL, and nothing fills it any more. */
export const dropIdentity: AlterForm = ({ command, table, name, context: { world } }) => {
  const column = findColumn(world, table, name)
  // Without the database, or of a column of these migrations, it may be one.
  if (column?.identity === null && !isNewColumn(world, table, name) && !world.known.doubtful) {
    const fails = `${table}.${name} is no identity`
    const none: Draft = { form: 'drop identity', relation: table, lock, names: { table, column: name } }
    return [command.missing_ok === true ? none : { ...none, fails }]
  }
  const why = `INSERT statements that leave out ${table}.${name} relied on its generated value`
  return [
    {
      form: 'drop identity',
      relation: table,
      lock,
      names: { table, column: name },
      breaks: [{ what: 'insert', why }],
      learn: (known) =>
        changeColumn(known, world, table, name, { hasDefault: false, identity: null, sequence: null }),
    },
    ...lockSequence(world, table, name, lock),
  ]
}

/** The sequence of a column. */
export function lockSequence(world: World, table: string, column: string, mode: LockMode): Draft[] {
  const sequence = findColumn(world, table, column)?.sequence
  if (!sequence || isNewRelation(world, table)) return []
  return [lockOnly('lock sequence', shortName(sequence), mode)]
}
