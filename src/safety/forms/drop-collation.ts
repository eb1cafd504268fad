import type { DropStmt } from 'libpg-query'
import { qualified, type TableColumn } from '../../postgres/facts.ts'
import { findColumn, shortName, type World } from '../known.ts'
import type { Context, Draft } from './form.ts'
import { loseColumns } from './lost-columns.ts'

/** DROP COLLATION: with CASCADE, the columns that are sorted by it go as well. */
export function dropCollation(collation: string, node: DropStmt, { world }: Context): Draft[] {
  const form = 'drop collation'
  const cascade = node.behavior === 'DROP_CASCADE'
  const columns = collatedColumns(world).filter(
    (one) => qualified(one.collation ?? '') === qualified(collation),
  )
  const [first] = columns
  const dropped: Draft = {
    form,
    names: { table: collation },
    breaks: [{ what: 'object', why: `the collation ${collation} no longer exists` }],
    ...(first !== undefined && !cascade
      ? { fails: `the column ${shortName(first.table)}.${first.name} is sorted by it` }
      : {}),
    // Without the database, CASCADE may take any column along.
    ...(cascade && world.facts?.columns === undefined
      ? { loses: `with CASCADE, whatever depends on the collation ${collation}` }
      : {}),
  }
  return [dropped, ...(cascade ? loseColumns(form, columns, world) : [])]
}

/** The columns of tables that have a collation of their own, and are still there. */
export function collatedColumns(world: World): readonly TableColumn[] {
  const tables = [...(world.facts?.relations?.() ?? [])].filter(
    ({ name, kind }) => ['table', 'partitioned table'].includes(kind) && !world.known.dropped.has(name),
  )
  return tables
    .flatMap(({ name }) => world.facts?.columns?.(name) ?? [])
    .filter(({ collation }) => collation && collation !== '"default"')
    .filter(
      ({ table, name, collation }) => findColumn(world, shortName(table), name)?.collation === collation,
    )
}
