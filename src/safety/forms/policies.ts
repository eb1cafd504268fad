import type { CreatePolicyStmt } from 'libpg-query'
import type { PolicyFacts } from '../../postgres/facts.ts'
import { factsName, isNewRelation, partKey, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import type { AlterForm } from './alter-form.ts'
import type { Draft, Form } from './form.ts'
import { lockOnly } from './locks.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/**
 * CREATE POLICY: nothing changes while row level security is off; then, a restrictive one hides rows. So does the first one of a table whose
 * row level security the pending migrations switched on, unless it lets every row through.
 */
export const createPolicy: Form<'CreatePolicyStmt'> = (node, { world }) => {
  const table = relationName(node.table)
  const name = quoteName(node.policy_name ?? '')
  const isOpened = isOpen(node) || policiesOf(world, table).some((one) => one.isOpen)
  const isSwitchedOn = world.known.restricted.get(partKey(table, '')) === true && !isOpened
  const hides = isSwitchedOn || (node.permissive !== true && isRestricted(world, table))
  return [
    {
      ...lockOnly('create policy', table, lock),
      names: { table, constraint: name },
      tightens: hides ? rowsBeyond(table) : undefined,
      fails: isTaken(table, name, world) ? `${table} already has a policy ${name}` : undefined,
      learn: (known) => known.policies.set(partKey(table, name), isOpen(node)),
    },
  ]
}

function isTaken(table: string, name: string, world: World): boolean {
  return !world.known.doubtful && policiesOf(world, table).some((one) => one.name === name)
}

// USING (true) for everybody and everything.
function isOpen({ permissive, cmd_name: command, roles, qual }: CreatePolicyStmt): boolean {
  const everybody = allOf(roles, 'RoleSpec').some(({ roletype }) => roletype === 'ROLESPEC_PUBLIC')
  return (
    permissive === true && command === 'all' && everybody && as(qual, 'A_Const')?.boolval?.boolval === true
  )
}

/** ALTER POLICY: what it lets through changes at once, if row level security is on. */
export const alterPolicy: Form<'AlterPolicyStmt'> = ({ table: relation, policy_name: policy }, { world }) => {
  const table = relationName(relation)
  const name = quoteName(policy ?? '')
  return [
    {
      ...lockOnly('alter policy', table, lock),
      names: { table, constraint: name },
      ...(isRestricted(world, table) ? { tightens: rowsBeyond(table) } : {}),
      learn: (known) => known.policies.set(partKey(table, name), false),
    },
  ]
}

/** ALTER POLICY ... RENAME: what it lets through stays. */
export function renamePolicy(table: string, from: string, to: string, world: World): Draft {
  const policy = policiesOf(world, table).find((one) => one.name === from)
  return {
    ...lockOnly('rename policy', table, lock),
    fails: isTaken(table, to, world) ? `${table} already has a policy ${to}` : undefined,
    learn: (known) => {
      known.policies.set(partKey(table, from), null)
      known.policies.set(partKey(table, to), policy?.isOpen === true)
    },
  }
}

/** DROP POLICY: the rows that only it let through are hidden, if row level security is on. */
export function dropPolicy(table: string, name: string, world: World): Draft {
  const rest = policiesOf(world, table).filter((one) => one.name !== name)
  const effect = rest.length === 0 ? { breaks: hiddenRows(table) } : { tightens: rowsBeyond(table) }
  return {
    ...lockOnly('drop policy', table, lock),
    names: { table, constraint: name },
    ...(isRestricted(world, table) ? effect : {}),
    learn: (known) => known.policies.set(partKey(table, name), null),
  }
}

/** ENABLE ROW LEVEL SECURITY: who does not own the table sees only what a policy lets through. */
export const enableRowSecurity: AlterForm = ({ table, context: { world } }) => [
  {
    ...lockOnly('enable row security', table, lock),
    ...(isRestricted(world, table) ? {} : hidden(table, world)),
    learn: (known) => known.restricted.set(partKey(table, ''), true),
  },
]

export const disableRowSecurity: AlterForm = ({ table }) => [
  {
    ...lockOnly('disable row security', table, lock),
    learn: (known) => known.restricted.set(partKey(table, ''), false),
  },
]

/** FORCE ROW LEVEL SECURITY: from then on, the policies hold for the owner as well. */
export const forceRowSecurity: AlterForm = ({ table, context: { world } }) => {
  return [
    {
      ...lockOnly('force row security', table, lock),
      ...(isRestricted(world, table) ? hidden(table, world) : {}),
    },
  ]
}

/** Without any policy, all rows are hidden; what policies with a condition hide, only their author knows. */
function hidden(table: string, world: World): Pick<Draft, 'breaks' | 'tightens'> {
  const policies = policiesOf(world, table)
  if (policies.some(({ isOpen: opens }) => opens)) return {}
  return policies.length > 0 ? { tightens: rowsBeyond(table) } : { breaks: hiddenRows(table) }
}

function rowsBeyond(table: string): string {
  return `to show and to write the rows of ${table} that no policy lets through`
}

function hiddenRows(table: string): Draft['breaks'] {
  return [{ what: 'read', why: `rows of ${table} that no policy lets through are neither seen nor written` }]
}

/** Whether row level security is on. */
function isRestricted(world: World, table: string): boolean {
  const own = world.known.restricted.get(partKey(table, ''))
  return own ?? world.facts?.relation?.(factsName(world, table))?.rowSecurity === true
}

/** The policies of a table, as they are after the statements so far. */
function policiesOf(world: World, table: string): PolicyFacts[] {
  const prefix = partKey(table, '')
  const own = [...world.known.policies].filter(([key]) => key.startsWith(prefix))
  const before = isNewRelation(world, table)
    ? []
    : (world.facts?.relation?.(factsName(world, table))?.policies ?? [])
  return [
    ...before.filter(({ name }) => !world.known.policies.has(partKey(table, name))),
    ...own.flatMap(([key, opens]) =>
      opens === null ? [] : [{ name: key.slice(prefix.length), isOpen: opens }],
    ),
  ]
}
