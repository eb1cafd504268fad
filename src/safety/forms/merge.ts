import type { MergeStmt } from 'libpg-query'
import { factsName, isNewRelation, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import { isBounded } from './bounded.ts'
import { hiddenWork, joined } from './data.ts'
import { changesOf, putOffChecks } from './deferred-checks.ts'
import type { Form } from './form.ts'
import { isView } from './known-views.ts'
import { reads } from './reads.ts'
import { refusedWrite } from './refused-writes.ts'
import { writtenThrough } from './through-views.ts'

/** MERGE: may change every row of its table. */
export const merge: Form<'MergeStmt'> = (node, context) => {
  const { world } = context
  const table = relationName(node.relation)
  if (isView(table, world) && (world.facts?.version ?? mergesIntoViews) < mergesIntoViews) {
    const fails = `before version ${mergesIntoViews}, Postgres merges into no view`
    return [{ form: 'merge', relation: table, fails, names: { table } }]
  }
  if (world.facts?.relation?.(factsName(world, table))?.hasRules === true && !isView(table, world)) {
    const fails = `${table} has rules, and Postgres merges into no such table`
    return [{ form: 'merge', relation: table, fails, names: { table } }]
  }
  return writtenThrough('merge', node, world, (one) => mergeIntoTable(one, context))
}

/** Postgres versions. */
const mergesIntoViews = 17

const mergeIntoTable: Form<'MergeStmt'> = (node, context) => {
  const table = relationName(node.relation)
  return [
    {
      form: 'merge',
      relation: table,
      lock: 'ROW EXCLUSIVE',
      work: mergesFew(node, table, context.world) ? 'nothing' : 'row writes',
      reversible: 'no',
      names: { table, definition: context.statement.sql },
      ...refusedWrite(node, context.world),
      learn: (known) => {
        for (const one of allOf(node.mergeWhenClauses, 'MergeWhenClause'))
          putOffChecks(known, table, changesOf(one), context)
      },
    },
    ...hiddenWork(node, 'merge', context),
    ...reads(joined(node.sourceRelation && [node.sourceRelation], node.withClause), context),
  ]
}

/** Whether few rows match those that are merged; the others of the table must be left alone. */
function mergesFew(
  { relation, joinCondition, sourceRelation, ...node }: MergeStmt,
  table: string,
  world: World,
): boolean {
  const others = allOf(node.mergeWhenClauses, 'MergeWhenClause').some(
    ({ matchKind }) => matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
  )
  const query = {
    ...(relation && { relation }),
    ...(joinCondition && { whereClause: joinCondition }),
    ...(node.withClause && { withClause: node.withClause }),
    fromClause: sourceRelation === undefined ? [] : [sourceRelation],
  }
  return isNewRelation(world, table) || (!others && isBounded(query, table, world))
}
