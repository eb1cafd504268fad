import type { AlterTableCmd } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { constraintsOf, factsName, isKind } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import type { LockMode } from '../effect.ts'
import type { AlterForm } from './alter-form.ts'
import type { Draft } from './form.ts'
import { lockIndex, lockIndexes, lockOnly } from './locks.ts'
import { losesIdentity } from './publications.ts'
import { lockOwnedSequences } from './sequences.ts'
import { whyNoChild } from './shared-columns.ts'
import { whyUnusable } from './usable-index.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** SET LOGGED, SET UNLOGGED: writes the table anew, unless it is so already. */
export function setLogged(unlogged: boolean): AlterForm {
  return ({ table, context: { world } }) => {
    const same = world.facts?.relation?.(factsName(world, table))?.unlogged === unlogged
    const form = unlogged ? 'set unlogged' : 'set logged'
    const draft: Draft = { form, relation: table, lock, work: same ? 'nothing' : 'rewrite', names: { table } }
    const follow = (world.facts?.version ?? sequencesFollow) >= sequencesFollow
    return same || !follow ? [draft] : [draft, ...lockOwnedSequences(form, table, world)]
  }
}

/** From this version on, the sequences of its columns are logged as the table is. */
const sequencesFollow = 15

/** SET ACCESS METHOD: writes the table anew, unless it is stored so already, or holds no rows itself. */
export const setAccessMethod: AlterForm = ({ table, name, context: { world } }) => {
  const before = world.facts?.relation?.(factsName(world, table))?.accessMethod
  const same = before === name || isKind(world, table, 'partitioned table')
  return [
    {
      form: 'set access method',
      relation: table,
      lock,
      work: same ? 'nothing' : 'rewrite',
      names: { table },
    },
  ]
}

/** SET TABLESPACE: copies every block. */
export const setTablespace: AlterForm = ({ table, name, context: { world } }) => {
  const same = world.facts?.relation?.(factsName(world, table))?.tablespace === name
  const work = same || isKind(world, table, 'partitioned table') ? 'nothing' : 'rewrite'
  return [{ form: 'set tablespace', relation: table, lock, work, names: { table } }]
}

// What these options say matters to those who read or write: nobody may be about to.
const strict = new Set([
  'user_catalog_table',
  'security_barrier',
  'security_invoker',
  'check_option',
  'fastupdate',
  'gin_pending_list_limit',
  'buffering',
  'pages_per_range',
  'autosummarize',
])

/** The lock that SET (...) and RESET (...) need. */
export function optionsLock(command: AlterTableCmd): LockMode {
  const options = allOf(as(command.def, 'List')?.items, 'DefElem').map(({ defname }) => defname ?? '')
  return options.some((option) => strict.has(option)) ? lock : 'SHARE UPDATE EXCLUSIVE'
}

export const setOptions: AlterForm = ({ command, table, context: { world } }) => {
  const parent = command.subtype === 'AT_SetRelOptions' && isKind(world, table, 'partitioned table')
  const fails = `${table} is partitioned: such options are for its partitions`
  return [{ ...lockOnly('set table options', table, optionsLock(command)), ...(parent ? { fails } : {}) }]
}

/** CLUSTER ON: remembers the index. */
export const clusterOn: AlterForm = ({ table, name, context: { world } }) => [
  { ...lockOnly('cluster on', table, 'SHARE UPDATE EXCLUSIVE'), ...unusable('cluster', name, table, world) },
  lockIndex('cluster on', name, table, 'SHARE UPDATE EXCLUSIVE'),
]

function unusable(...about: Parameters<typeof whyUnusable>): Pick<Draft, 'fails'> {
  const fails = whyUnusable(...about)
  return fails === undefined ? {} : { fails }
}

/** REPLICA IDENTITY: which columns tell subscribers what row is meant. */
export const replicaIdentity: AlterForm = ({ command, table, context: { world } }) => {
  const { name: index, identity_type: kind } = as(command.def, 'ReplicaIdentityStmt') ?? {}
  const form = 'replica identity'
  const hasKey = constraintsOf(world, table).some(({ kind: of }) => of === 'primary key')
  const none = kind === 'n' || (kind === 'd' && !hasKey)
  return [
    {
      ...lockOnly(form, table, lock),
      breaks: none ? losesIdentity(table, world) : [],
      learn: (known) => void known.attached.set(`replica identity ${qualified(table)}`, !none),
      ...(index === undefined ? {} : unusable('replica identity', quoteName(index), table, world)),
    },
    ...(index === undefined ? [] : [lockIndex(form, quoteName(index), table, 'SHARE')]),
  ]
}

/** OWNER TO: the old owner's privileges end. */
export const changeOwner: AlterForm = ({ command, table, context: { world } }) => {
  const owner = world.facts?.relation?.(factsName(world, table))?.owner
  const { rolename, roletype } = command.newowner ?? {}
  const newOwner = roletype === 'ROLESPEC_CSTRING' ? quoteName(rolename ?? '') : world.facts?.server?.user
  if (owner !== undefined && owner === newOwner) return [lockOnly('change owner', table, lock)]
  return [
    {
      ...lockOnly('change owner', table, lock),
      tightens: `what only the owner of ${table} may do, when the old owner does it`,
    },
    ...lockIndexes('change owner', table, lock, world),
    ...lockOwnedSequences('change owner', table, world),
  ]
}

/** NO INHERIT: queries on the parent no longer see the rows. */
export const dropInherit: AlterForm = ({ command, table, context: { world } }) => {
  const parent = relationName(as(command.def, 'RangeVar'))
  const parents = world.facts?.relation?.(factsName(world, table))?.parents
  const stranger = parents !== undefined && !parents.includes(qualified(factsName(world, parent)))
  const fails = `${table} does not inherit from ${parent}`
  const learn: Draft['learn'] = (known) => known.loose.add(factsName(world, table))
  const refused = stranger && !world.known.doubtful ? { fails } : {}
  return [{ ...lockOnly('no inherit', table, lock), ...refused, learn }]
}

/** INHERIT: queries on the parent see more rows. */
export const addInherit: AlterForm = ({ command, table, context: { world } }) => {
  const parent = relationName(as(command.def, 'RangeVar'))
  const fails = whyNoChild(table, parent, false, world)
  return [
    { ...lockOnly('inherit', table, lock), ...(fails === undefined ? {} : { fails }) },
    lockOnly('inherit', parent, 'SHARE UPDATE EXCLUSIVE'),
  ]
}
