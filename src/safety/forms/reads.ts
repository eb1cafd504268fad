import type { Node, SelectStmt } from 'libpg-query'
import { descendantsOf, isNewRelation } from '../known.ts'
import { as, within } from '../nodes.ts'
import { commonNames, relationName } from '../sql-text.ts'
import { isBounded, isLimited } from './bounded.ts'
import type { Context, Draft } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { selectThroughView } from './through-views.ts'

/** The existing tables that a query reads, also through views: from end to end unless its text says otherwise. */
export function reads(query: Node | undefined, context: Context): Draft[] {
  const common = commonNames(query)
  const few = new Set(within(query, 'SelectStmt').flatMap((select) => tableOfFew(select, context) ?? []))
  const relations = within(query, 'RangeVar')
  const names = relations.filter((relation) => !few.has(relation)).map(relationName)
  const behind = names
    .filter((name) => !common.has(name) && isView(name, context.world))
    .flatMap((name) => relationsBehind(name, context.world))
  return [...new Set([...names, ...behind])]
    .filter((name) => !common.has(name) && !ofPostgres.test(name) && !isNewRelation(context.world, name))
    .map((name) => {
      const work = isView(name, context.world) ? 'nothing' : 'scan'
      return { form: 'read table', relation: name, lock: 'ACCESS SHARE', work }
    })
}

/** The tables that are read from end to end. */
export function scanned(drafts: readonly Draft[]): string[] {
  return drafts.flatMap(({ work, relation }) => (work === 'scan' && relation !== undefined ? [relation] : []))
}

// Its catalogs are small, and nobody's own.
const ofPostgres = /^(pg_catalog\.|information_schema\.|pg_)/

type RangeVar = Parameters<typeof relationName>[0] & object

/** The only table of a query that reads few of its rows: those of a key, or the first that come. */
function tableOfFew(select: SelectStmt, { world }: Pick<Context, 'world'>): RangeVar | undefined {
  const table = select.fromClause?.length === 1 ? as(select.fromClause[0], 'RangeVar') : undefined
  if (table === undefined || descendantsOf(world, relationName(table)).length > 0) return undefined
  const through = isView(relationName(table), world) ? selectThroughView(select, world) : undefined
  if (through !== undefined) return tableOfFew(through, { world }) && table
  const first =
    !isView(relationName(table), world) &&
    isLimited(select) &&
    select.whereClause === undefined &&
    select.sortClause === undefined &&
    select.groupClause === undefined &&
    within(select.targetList, 'FuncCall').length === 0
  return first || isBounded(select, relationName(table), world) ? table : undefined
}
