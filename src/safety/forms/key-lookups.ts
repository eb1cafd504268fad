import type { ResTarget, UpdateStmt } from 'libpg-query'
import type { TableConstraint } from '../../postgres/facts.ts'
import { constraintsOf, indexesOf, referencingKeys, shortName, type World } from '../known.ts'
import { allOf, as, strings } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import type { Draft } from './form.ts'
import { lockOnly } from './locks.ts'

/** Each new row is looked up in the tables that its foreign keys point at, but for those whose columns it leaves NULL. */
export function parents(
  form: string,
  table: string,
  world: World,
  empty: ReadonlySet<string> = new Set(),
): Draft[] {
  const referenced = constraintsOf(world, table).flatMap(({ references, columns }) =>
    references && !columns.some((column) => empty.has(column)) ? [references] : [],
  )
  return [...new Set(referenced.map(shortName))].map((parent) => lockOnly(form, parent, 'ROW SHARE'))
}

/** What an UPDATE sets, but for columns that are set to themselves. */
export function changedTargets({
  relation,
  targetList,
}: Pick<UpdateStmt, 'relation' | 'targetList'>): readonly ResTarget[] {
  const own = relation?.alias?.aliasname ?? relation?.relname
  return allOf(targetList, 'ResTarget').filter(({ name, val }) => {
    const words = strings(as(val, 'ColumnRef')?.fields)
    return words.at(-1) !== name || (words.length > 1 && words.at(-2) !== own)
  })
}

/**
 * Values that a foreign key holds together are looked up at its other end when they change: from end to end where no index leads to those
 * that refer to them. With ON UPDATE CASCADE they change there as well.
 */
export function changedKeys(node: UpdateStmt, table: string, world: World): Draft[] {
  const changed = new Set(changedTargets(node).map(({ name }) => quoteName(name ?? '')))
  const out = constraintsOf(world, table).flatMap(({ columns, references }) =>
    references && columns.some((column) => changed.has(column)) ? [references] : [],
  )
  const back = referencingKeys(world, table).filter(
    (key) => key.referencedColumns?.some((column) => changed.has(column)) === true,
  )
  return [
    ...[...new Set(out.map(shortName))]
      .filter((other) => other !== table)
      .map((other) => lockOnly('update', other, 'ROW SHARE')),
    ...back.map((key) => lookedUp('update', key, changing.has(actionOn('UPDATE', key)), world)),
  ]
}

/**
 * A row that others may refer to is looked up in their tables, from end to end where no index leads to it. With ON DELETE CASCADE so are
 * those that refer to theirs.
 */
export function referencingRows(table: string, world: World): Draft[] {
  return keysBelow(table, world).map((key) => lookedUp('delete', key, key.changesOnDelete === true, world))
}

/** What goes with the rows of a table: ', and with them rows of lines'. Nothing where no foreign key says so. */
export function lostWithRows(table: string, world: World): string {
  const keys = keysBelow(table, world)
  const cascades = keys.filter((key) => actionOn('DELETE', key) === 'CASCADE')
  const rows = cascades.map((key) => `rows of ${shortName(key.table)}`)
  const values = keys
    .filter((key) => actionOn('DELETE', key) === 'SET')
    .map((key) => `values of ${shortName(key.table)} (${key.columns.join(', ')})`)
  const lost = [...new Set([...rows, ...values])]
  const shown =
    lost.length > mostNamed ? [...lost.slice(0, mostNamed), `${lost.length - mostNamed} more`] : lost
  return lost.length === 0 ? '' : `, and with them ${shown.join(', ')}`
}

/** As many as are read in a sentence. */
const mostNamed = 5

/** The foreign keys that point at a table and, through ON DELETE CASCADE, at those whose rows go with its own. */
function keysBelow(table: string, world: World): TableConstraint[] {
  const found: TableConstraint[] = []
  const seen = new Set([table])
  const open = [table]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const key of referencingKeys(world, one)) {
      found.push(key)
      const other = shortName(key.table)
      if (actionOn('DELETE', key) !== 'CASCADE' || seen.has(other)) continue
      seen.add(other)
      open.push(other)
    }
  }
  return found
}

const changing = new Set<string | undefined>(['CASCADE', 'SET'])

function lookedUp(form: string, key: TableConstraint, isChanged: boolean, world: World): Draft {
  return {
    ...lockOnly(form, shortName(key.table), isChanged ? 'ROW EXCLUSIVE' : 'ROW SHARE'),
    work: leadsTo(key, world) ? 'nothing' : 'scan',
  }
}

/** What happens to the rows that refer to a row: 'CASCADE', or 'SET' for another value in them. */
export function actionOn(event: 'DELETE' | 'UPDATE', { definition }: TableConstraint): string | undefined {
  return new RegExp(String.raw`\bON ${event} (CASCADE|SET|RESTRICT)\b`, 'i').exec(definition ?? '')?.[1]
}

function leadsTo({ table, columns }: TableConstraint, world: World): boolean {
  return indexesOf(world, table).some(
    (index) =>
      index.partial !== true &&
      columns.every((column) => index.columns.slice(0, columns.length).includes(column)),
  )
}
