import { changeColumn, isNewRelation, findColumn, isNewColumn, shortName, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import type { LockMode } from '../effect.ts'
import type { AlterForm } from './alter-form.ts'
import { lockOnly } from './locks.ts'
import type { Draft } from './form.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** ALTER COLUMN ... ADD GENERATED AS IDENTITY: the old rows keep their values. */
export const addIdentity: AlterForm = ({ table, name, context: { world } }) => [
  {
    form: 'add identity',
    relation: table,
    lock,
    names: { table, column: name },
    learn: (known) => changeColumn(known, world, table, name, { hasDefault: true }),
  },
]

/** ALTER COLUMN ... SET GENERATED and RESTART. ALWAYS refuses the values that the running release writes itself. */
export const setIdentity: AlterForm = ({ command, table, name, context: { world } }) => {
  const options = allOf(as(command.def, 'List')?.items, 'DefElem')
  const generated = options.find(({ defname }) => defname === 'generated')?.arg
  const always = as(generated, 'Integer')?.ival === 'a'.charCodeAt(0)
  const already = findColumn(world, table, name)?.identity === 'always' || isNewColumn(world, table, name)
  const why = `statements that write ${table}.${name} themselves are refused once it is GENERATED ALWAYS`
  const restarts = options.some(({ defname }) => defname === 'restart')
  return [
    {
      form: 'set identity',
      relation: table,
      lock,
      names: { table, column: name },
      ...(always && !already
        ? { breaks: (['insert', 'update'] as const).map((what) => ({ what, why })) }
        : {}),
      ...(restarts ? { tightens: 'numbers that the identity gives once more' } : {}),
    },
    ...lockSequence(world, table, name, 'SHARE ROW EXCLUSIVE'),
  ]
}

/** ALTER COLUMN ... DROP IDENTITY: the column stays NOT NULL, and nothing fills it any more. */
export const dropIdentity: AlterForm = ({ table, name, context: { world } }) => {
  const why = `INSERT statements that leave out ${table}.${name} relied on its generated value`
  return [
    {
      form: 'drop identity',
      relation: table,
      lock,
      names: { table, column: name },
      breaks: [{ what: 'insert', why }],
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
