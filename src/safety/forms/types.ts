import type { AlterTableCmd, AlterTableStmt, DropStmt } from 'libpg-query'
import { qualified, type TableColumn } from '../../postgres/facts.ts'
import { descendantsOf, factsName, findColumn, partKey, shortName, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName, relationName, typeText } from '../sql-text.ts'
import { knownLabels } from './default-values.ts'
import { lockDescendants, lockOnly } from './locks.ts'
import { loseColumns } from './lost-columns.ts'
import type { Context, Draft } from './form.ts'
import { isFreeChange } from './type-change.ts'

/** DROP TYPE and DROP DOMAIN: with CASCADE, the columns of the type go as well. */
export function dropType(type: string, words: string, node: DropStmt, { world }: Context): Draft[] {
  const form = `drop ${words}`
  const learn: Draft['learn'] = (known) => {
    known.types.delete(qualified(type))
    known.typesGone.add(qualified(type))
  }
  const shared: Draft = { form, names: { table: type, type, ...knownLabels(type, world) }, learn }
  if (world.known.types.has(qualified(type))) return [shared]
  if (node.missing_ok === true && world.facts?.type?.(type) === null) return [shared]
  const columns = columnsOf(world, type)
  const cascade = node.behavior === 'DROP_CASCADE'
  // Where the database knows no such name, a type got it on the way: the running release does not say it.
  const isOwnName = world.facts?.type?.(type) === null && world.known.typesGone.size > 0
  const dropped: Draft = {
    ...shared,
    reversible: 'no',
    drops: [{ kind: 'type', name: type }],
    breaks: isOwnName ? [] : [{ what: 'object', why: `the ${words} ${type} no longer exists` }],
    ...(!cascade && columns.length > 0 ? { fails: `a column is of the type ${type}` } : {}),
    // Without the database, CASCADE may take any column along.
    ...(cascade && world.facts?.columnsOfType === undefined
      ? { loses: `with CASCADE, whatever depends on the ${words} ${type}` }
      : {}),
  }
  const composite = world.facts?.type?.(type)?.kind === 'composite'
  return [
    dropped,
    ...(composite ? [lockOnly(form, type, 'ACCESS EXCLUSIVE')] : []),
    ...(cascade
      ? [
          ...loseColumns(form, columns, world),
          ...typedTables(world, type).map((table) => loseTable(form, table)),
        ]
      : []),
  ]
}

/** The tables that were made of a composite type. */
export function typedTables(world: World, type: string): string[] {
  const all = [...(world.facts?.relations?.() ?? [])]
  return all
    .filter(({ ofType }) => ofType !== null && qualified(ofType) === qualified(type))
    .map(({ name }) => shortName(name))
}

/** A table that goes with something else by CASCADE. */
export function loseTable(form: string, table: string): Draft {
  return {
    ...lockOnly(form, table, 'ACCESS EXCLUSIVE'),
    breaks: [{ what: 'read', why: `the table ${table} no longer exists` }],
    loses: `the table ${table} with all its rows`,
    reversible: 'no',
    drops: [{ kind: 'table', name: table }],
  }
}

/** Why no value of a table can change: a column elsewhere holds rows of it, of a partition or of a child, and stays as it is. */
export function whyRowsStay(table: string, world: World): string | undefined {
  if (world.known.doubtful) return undefined
  const holder = [table, ...descendantsOf(world, table)].flatMap((one) =>
    columnsOf(world, factsName(world, one)),
  )[0]
  return holder && `the column ${shortName(holder.table)}.${holder.name} holds rows of ${table}`
}

/** The columns of a type that are still of it. */
export function columnsOf(world: World, type: string): readonly TableColumn[] {
  const all = world.facts?.columnsOfType?.(type) ?? []
  const { dropped } = world.known
  return all.filter(
    ({ table, name, type: before }) =>
      ['table', 'partitioned table'].includes(String(world.facts?.kind?.(table))) &&
      !dropped.has(table) &&
      !dropped.has(partKey(table, name)) &&
      findColumn(world, shortName(table), name)?.type === before,
  )
}

/** Whether neither a table nor any code in the database uses a composite type. */
export function isUnused({ facts }: World, type: string): boolean {
  return facts?.type?.(type)?.isUsed === false
}

/** ALTER TYPE of a composite type: the tables that were made of it change with it. */
export function alterComposite({ relation, cmds }: AlterTableStmt, { world }: Context): Draft[] {
  const type = relationName(relation)
  const form = 'alter composite type'
  const tables = typedTables(world, type)
  const commands = allOf(cmds, 'AlterTableCmd')
  const retypes = commands.filter(({ subtype }) => subtype === 'AT_AlterColumnType')
  const converts = retypes.some((command) => !keepsValues(command, type, world))
  const adds = commands.every(({ subtype }) => subtype === 'AT_AddColumn' || subtype === 'AT_AlterColumnType')
  const cascade = commands.every(({ behavior }) => behavior === 'DROP_CASCADE')
  const used = columnsOf(world, type).length > 0
  const isNew = world.known.types.has(qualified(type))
  const own: Draft = {
    ...lockOnly(form, type, 'ACCESS EXCLUSIVE'),
    ...(retypes.length > 0 && used ? { fails: `a column is of the type ${type}` } : {}),
    ...(tables.length > 0 && !cascade ? { fails: `a table was made of the type ${type}` } : {}),
    ...((adds && !converts) || isNew || isUnused(world, type)
      ? {}
      : { breaks: [{ what: 'object' as const, why: `attributes of the type ${type} change` }] }),
  }
  const work = converts ? 'rewrite' : 'nothing'
  return [
    own,
    ...tables.flatMap((table) => {
      const draft: Draft = { ...lockOnly(form, table, 'ACCESS EXCLUSIVE'), work }
      return [draft, ...lockDescendants(draft, world)]
    }),
  ]
}

/** Whether the values of an attribute, and queries that compare it, take its new type as they are. */
function keepsValues({ name, def }: AlterTableCmd, type: string, { facts }: World): boolean {
  const before = facts?.column?.(type, quoteName(name ?? ''))?.type
  return before !== undefined && isFreeChange(before, typeText(as(def, 'ColumnDef')?.typeName))
}
