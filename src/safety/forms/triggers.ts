import type { CreateTrigStmt, DropStmt } from 'libpg-query'
import { descendantsOf, factsName, isKind, isNewRelation, partKey, type Known, type World } from '../known.ts'
import { as, within } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import { isView } from './known-views.ts'
import { lockOnly, lockPartitions } from './locks.ts'
import type { Context, Draft, Form } from './form.ts'
import { isAbsent, isNoFunction } from './presence.ts'
import { dropPolicy } from './policies.ts'
import { refusedWrites } from './refusing-triggers.ts'

/** CREATE TRIGGER: a short lock that stops writers; from then on old writes do more than before. */
export const createTrigger: Form<'CreateTrigStmt'> = (node, { world }) => {
  const { relation, trigname, row } = node
  const table = relationName(relation)
  const name = quoteName(trigname ?? '')
  const draft: Draft = {
    form: 'create trigger',
    relation: table,
    lock: 'SHARE ROW EXCLUSIVE',
    names: { table, constraint: name },
    breaks: refusedWrites(node, world),
    learn: attach('trigger', table, name, true),
    ...refusedTrigger(node, world),
  }
  return [draft, ...(row === true ? lockPartitions(draft, world) : [])]
}

/** Why Postgres makes no such trigger. */
function refusedTrigger(node: CreateTrigStmt, world: World): Pick<Draft, 'fails'> {
  const { relation, trigname, row, funcname, timing, replace } = node
  const table = relationName(relation)
  const name = quoteName(trigname ?? '')
  const called = listName(funcname)
  if (isNoFunction(called, world)) return { fails: `there is no function ${called}` }
  if (world.known.doubtful) return {}
  if (replace !== true && isAttached('trigger', table, name, world) === true)
    return { fails: `${table} already has a trigger ${name}` }
  const beside = row === true && timing !== insteadOf && isView(table, world)
  return beside ? { fails: `${table} is a view: a trigger for its rows is one INSTEAD OF` } : {}
}

/** As the parse tree has it. */
const insteadOf = 64

/** CREATE RULE: with INSTEAD, a statement of the running release does something else than it says. */
export const createRule: Form<'RuleStmt'> = ({ relation, rulename, instead, event, actions }) => {
  const table = relationName(relation)
  const draft = {
    ...lockOnly('create rule', table, 'ACCESS EXCLUSIVE'),
    learn: attach('rule', table, quoteName(rulename ?? ''), true),
  }
  // A rule ON SELECT makes a view of a table, where Postgres allows it at all.
  if (event === 'CMD_SELECT') return [{ ...draft, unknown: 'whether the table becomes a view by this rule' }]
  const replaces = instead === true
  const written = [
    ...within(actions, 'InsertStmt'),
    ...within(actions, 'UpdateStmt'),
    ...within(actions, 'DeleteStmt'),
  ]
  return [
    replaces
      ? { ...draft, unknown: 'what the rule does instead of the statements of the running release' }
      : draft,
    ...written.map((action) => lockOnly('create rule', relationName(action.relation), 'ROW EXCLUSIVE')),
  ]
}

type Kind = 'trigger' | 'rule' | 'policy'

/** Remembers whether a table has it. */
export function attach(kind: Kind, table: string, name: string, isThere: boolean): (known: Known) => void {
  return (known) => void known.attached.set(`${kind} ${partKey(table, name)}`, isThere)
}

/** Whether a table has a trigger, a rule or a policy of that name; undefined when only the database could tell. */
export function isAttached(kind: Kind, table: string, name: string, world: World): boolean | undefined {
  const made =
    kind === 'policy'
      ? madePolicy(table, name, world)
      : world.known.attached.get(`${kind} ${partKey(table, name)}`)
  if (made !== undefined || isNewRelation(world, table)) return made ?? false
  const facts = world.facts?.relation?.(factsName(world, table))
  const before = kind === 'rule' ? undefined : kind === 'trigger' ? facts?.triggers : facts?.policies
  return before?.some((one) => one.name === name)
}

function madePolicy(table: string, name: string, { known }: World): boolean | undefined {
  const policy = known.policies.get(partKey(table, name))
  return policy === undefined ? undefined : policy !== null
}

/** DROP TRIGGER, DROP RULE and DROP POLICY: the last name is the object's, what comes before is its table's. */
export function dropFromTable(kind: Kind, node: DropStmt, { world }: Context): Draft[] {
  const form = `drop ${kind}`
  return (node.objects ?? []).flatMap((object): Draft[] => {
    const items = as(object, 'List')?.items ?? []
    const table = listName(items.slice(0, -1))
    const name = listName(items.slice(-1))
    const isMissing = isAttached(kind, table, name, world) === false && !world.known.doubtful
    const missing = isAbsent(world, table)
      ? `there is no table ${table}`
      : isMissing
        ? `${table} has no ${kind} ${name}`
        : undefined
    if (missing !== undefined) {
      const names = { table, constraint: name }
      return [node.missing_ok === true ? { form, names } : { form, names, fails: missing }]
    }
    if (kind === 'policy') return [dropPolicy(table, name, world)]
    const draft: Draft = {
      ...lockOnly(form, table, 'ACCESS EXCLUSIVE'),
      names: { table, constraint: name },
      // The partitions have it from the table.
      learn: (known) => {
        const isParent = kind === 'trigger' && isKind(world, table, 'partitioned table')
        const partitions = isParent ? descendantsOf(world, table) : []
        for (const one of [table, ...partitions]) attach(kind, one, name, false)(known)
      },
    }
    return [draft, ...(kind === 'trigger' ? lockPartitions(draft, world) : [])]
  })
}
