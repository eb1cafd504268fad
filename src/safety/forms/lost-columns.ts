import type { TableColumn } from '../../postgres/facts.ts'
import { shortName, type World } from '../known.ts'
import { dropReaders, readersOfColumn } from './dropped-views.ts'
import type { Draft } from './form.ts'
import { lockIndexesOfWhole, lockOnly } from './locks.ts'

/** What becomes of a column that is dropped. */
export function lostColumn(table: string, name: string): Partial<Draft> {
  const column = `${table}.${name}`
  const why = `${column} no longer exists`
  return {
    breaks: (['read', 'insert', 'update'] as const).map((what) => ({ what, why })),
    loses: `the column ${column} and its values`,
    reversible: 'no',
    drops: [{ kind: 'column', name: column }],
  }
}

/** Columns that go with something else by CASCADE, each with the views that read it. */
export function loseColumns(
  form: string,
  columns: readonly Pick<TableColumn, 'table' | 'name'>[],
  world: World,
): Draft[] {
  return columns.flatMap(({ table: whole, name }) => {
    const table = shortName(whole)
    const ofColumn = ({ uses = [] }: { readonly uses?: readonly string[] }) => uses.includes(name)
    return [
      { ...lockOnly(form, table, 'ACCESS EXCLUSIVE'), ...lostColumn(table, name) },
      ...lockIndexesOfWhole(form, table, 'ACCESS EXCLUSIVE', world, ofColumn),
      ...dropReaders(readersOfColumn(table, name, world), world),
    ]
  })
}
