import type { DropStmt } from 'libpg-query'
import { as } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import { lockOnly, lockPartitions } from './locks.ts'
import type { Context, Draft, Form } from './form.ts'

/** CREATE TRIGGER: a short lock that stops writers; from then on old writes do more than before. */
export const createTrigger: Form<'CreateTrigStmt'> = ({ relation, trigname, row }, { world }) => {
  const table = relationName(relation)
  const draft: Draft = {
    form: 'create trigger',
    relation: table,
    lock: 'SHARE ROW EXCLUSIVE',
    names: { table, constraint: quoteName(trigname ?? '') },
  }
  return [draft, ...(row === true ? lockPartitions(draft, world) : [])]
}

/** CREATE RULE: with INSTEAD, a statement of the running release does something else than it says. */
export const createRule: Form<'RuleStmt'> = ({ relation, instead, event }) => {
  const draft = lockOnly('create rule', relationName(relation), 'ACCESS EXCLUSIVE')
  const replaces = instead === true && event !== 'CMD_SELECT'
  return [
    replaces
      ? { ...draft, unknown: 'what the rule does instead of the statements of the running release' }
      : draft,
  ]
}

export const createPolicy: Form<'CreatePolicyStmt'> = ({ table }) => [
  lockOnly('create policy', relationName(table), 'ACCESS EXCLUSIVE'),
]

export const alterPolicy: Form<'AlterPolicyStmt'> = ({ table }) => [
  lockOnly('alter policy', relationName(table), 'ACCESS EXCLUSIVE'),
]

/** DROP TRIGGER, DROP RULE and DROP POLICY: the last name is the object's, what comes before is its table's. */
export function dropFromTable(words: string, node: DropStmt, { world }: Context): Draft[] {
  return (node.objects ?? []).flatMap((object) => {
    const table = listName(as(object, 'List')?.items?.slice(0, -1))
    const draft = lockOnly(`drop ${words}`, table, 'ACCESS EXCLUSIVE')
    return [draft, ...(words === 'trigger' ? lockPartitions(draft, world) : [])]
  })
}
