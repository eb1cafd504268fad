import type { AlterSeqStmt, FuncCall, Node } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { changeColumn, factsName, findColumn, isNewRelation, shortName, type World } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { lockOnly } from './locks.ts'
import { parsed } from './parsed.ts'
import { isAbsent } from './presence.ts'
import type { Context, Draft, Form } from './form.ts'

/** ALTER SEQUENCE: nobody gets a number until the commit. */
export const alterSequence: Form<'AlterSeqStmt'> = (node, { world }) => {
  const sequence = relationName(node.sequence)
  if (node.missing_ok === true && isAbsent(world, sequence)) return [{ form: 'alter sequence' }]
  const restarts = allOf(node.options, 'DefElem').some(({ defname }) => defname === 'restart')
  return [
    {
      form: restarts ? 'restart sequence' : 'alter sequence',
      relation: sequence,
      lock: 'SHARE ROW EXCLUSIVE',
      names: { table: sequence },
      learn: (known) => {
        for (const { table, name } of world.facts?.numberedBy?.(sequence) ?? [])
          changeColumn(known, world, shortName(table), name, { identityOptions: undefined })
        changeOwner(node, sequence, { known, facts: world.facts })
      },
      ...(restarts ? { tightens: 'numbers that the sequence gives once more', reversible: 'no' } : {}),
    },
  ]
}

/** OWNED BY: from now on the sequence goes with that column, and with no other. */
function changeOwner({ options }: AlterSeqStmt, sequence: string, world: World): void {
  const owner = allOf(options, 'DefElem').find(({ defname }) => defname === 'owned_by')
  if (owner === undefined) return
  for (const { table, name } of world.facts?.numberedBy?.(sequence) ?? [])
    changeColumn(world.known, world, shortName(table), name, { ownsSequence: false })
  const names = strings(as(owner.arg, 'List')?.items).map(quoteName)
  const [column = '', table] = [names.at(-1), names.slice(0, -1).join('.')]
  const owns = { sequence: qualified(sequence), ownsSequence: true }
  if (table !== '') changeColumn(world.known, world, table, column, owns)
}

/** DROP SEQUENCE: with CASCADE, the defaults that use it go as well. */
export function dropSequence(sequence: string, cascade: boolean, { world }: Context): Draft[] {
  const shared: Draft = {
    form: 'drop sequence',
    relation: sequence,
    lock: 'ACCESS EXCLUSIVE',
    names: { table: sequence },
    learn: (known) => {
      known.relations.delete(qualified(sequence))
      known.dropped.add(qualified(sequence))
    },
  }
  if (isAbsent(world, sequence)) return [{ form: shared.form, names: { table: sequence } }]
  if (isNewRelation(world, sequence)) return [shared]
  const why = `the sequence ${sequence} no longer exists`
  // A column may own a sequence that it does not use.
  const numbered = (world.facts?.numberedBy?.(sequence) ?? []).filter(
    ({ table, name }) => findColumn(world, shortName(table), name)?.hasDefault === true,
  )
  const dropped: Draft = {
    ...shared,
    reversible: 'no',
    drops: [{ kind: 'sequence', name: sequence }],
    breaks: [{ what: 'object', why }],
    ...(numbered.length > 0 && !cascade ? { fails: `the default of a column needs ${sequence}` } : {}),
  }
  const tables = cascade ? numbered : []
  return [
    dropped,
    ...tables.map(({ table, name }) => ({
      ...lockOnly('drop sequence', shortName(table), 'ACCESS EXCLUSIVE'),
      names: { table: shortName(table), column: name },
      breaks: [
        {
          what: 'insert' as const,
          why: `INSERT statements that leave out ${shortName(table)}.${name} relied on its default`,
        },
      ],
    })),
  ]
}

/** The sequences that belong to columns of a table, which are locked with it. */
export function lockOwnedSequences(form: string, table: string, world: World): Draft[] {
  const columns = world.facts?.columns?.(factsName(world, table)) ?? []
  const owned = columns.flatMap(({ name }) => {
    const { sequence, ownsSequence } = findColumn(world, table, name) ?? {}
    return sequence && ownsSequence ? [sequence] : []
  })
  return [...new Set(owned)].map((sequence) => lockOnly(form, shortName(sequence), 'ACCESS EXCLUSIVE'))
}

const advancing = new Set(['nextval', 'setval'])

/** The sequences that an expression advances: by their names in nextval('items_id_seq'), or by the columns that they number. */
export function lockedSequences(
  form: string,
  expression: Node | readonly Node[] | undefined,
  world: World,
): Draft[] {
  if (expression === undefined) return []
  const calls = within(expression, 'FuncCall').filter(({ funcname }) =>
    advancing.has(strings(funcname).at(-1) ?? ''),
  )
  const names = calls.flatMap(({ args }) => sequenceName(args?.[0], world) ?? [])
  return [...new Set(names)].map((name) => lockOnly(form, name, 'ROW EXCLUSIVE'))
}

function sequenceName(argument: Node | undefined, world: World): string | undefined {
  const cast = as(argument, 'TypeCast')
  if (cast !== undefined) return sequenceName(cast.arg, world)
  const call = as(argument, 'FuncCall')
  return call === undefined ? namedBy(argument) : numbering(call, world)
}

/** The sequence of pg_get_serial_sequence('items', 'id'). */
function numbering({ funcname, args = [] }: FuncCall, world: World): string | undefined {
  const table = namedBy(args[0])
  const column = as(args[1], 'A_Const')?.sval?.sval
  if (strings(funcname).at(-1) !== 'pg_get_serial_sequence' || table === undefined || column === undefined)
    return undefined
  const sequence = findColumn(world, table, quoteName(column))?.sequence
  return sequence ? shortName(sequence) : undefined
}

/** The relation that a string names, as SQL would. */
function namedBy(argument: Node | undefined): string | undefined {
  const text = as(argument, 'A_Const')?.sval?.sval
  if (text === undefined || /^[a-z_][a-z0-9_.]*$/.test(text)) return text
  const query = as(parsed(`table ${text}`)?.[0], 'SelectStmt')
  return relationName(as(query?.fromClause?.[0], 'RangeVar')) || text
}
