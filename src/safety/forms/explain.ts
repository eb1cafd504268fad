import type { Node } from 'libpg-query'
import { descendantsOf, type World } from '../known.ts'
import { within } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import type { Form } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { lockOnly } from './locks.ts'
import { isOn } from './options.ts'

/** EXPLAIN: only plans, with the locks that this takes, unless ANALYZE makes it run. */
export const explain: Form<'ExplainStmt'> = ({ options, query }, { statement, world, callers, judge }) => {
  const drafts =
    query === undefined ? [] : judge({ statement: { ...statement, node: query }, world, callers })
  if (isOn(options, 'analyze')) return [{ form: 'explain' }, ...drafts]
  const planned = new Set(written(query, world))
  return [
    { form: 'explain' },
    ...drafts.flatMap(({ form, relation = '', lock, indexOf, fails }) =>
      lock !== undefined && indexOf === undefined && (planned.has(relation) || onlyRead.has(form))
        ? [{ ...lockOnly('explain', relation, lock), ...(fails === undefined ? {} : { fails }) }]
        : [],
    ),
  ]
}

const onlyRead = new Set(['read table', 'select for update'])

/** What its statements write to, with the partitions that are planned as well: where a row goes is known only when it runs. */
function written(query: Node | undefined, world: World): string[] {
  const changed = [
    ...within(query, 'UpdateStmt'),
    ...within(query, 'DeleteStmt'),
    ...within(query, 'MergeStmt'),
  ].flatMap(({ relation }) => behind(relationName(relation), world))
  const filled = within(query, 'InsertStmt').flatMap(({ relation }) => behind(relationName(relation), world))
  return [...changed, ...changed.flatMap((table) => descendantsOf(world, table)), ...filled]
}

function behind(name: string, world: World): readonly string[] {
  return isView(name, world) ? [name, ...relationsBehind(name, world)] : [name]
}
