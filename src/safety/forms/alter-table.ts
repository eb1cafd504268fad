import type { AlterTableStmt, AlterTableType } from 'libpg-query'
import { lockModes, type LockMode } from '../effect.ts'
import { descendantsOf, findIndex, isKind, isNewRelation, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { addColumn } from './add-column.ts'
import {
  changeDefault,
  dropColumn,
  dropExpression,
  dropNotNull,
  setExpression,
  setNotNull,
  validateConstraint,
} from './alter-column.ts'
import { forParts, isChild, reaches } from './alter-descendants.ts'
import { alterIndexForms } from './alter-index.ts'
import type { AlterForm } from './alter-form.ts'
import { changeType } from './change-type.ts'
import { addConstraint } from './constraints.ts'
import { dropConstraint } from './drop-constraint.ts'
import { alterConstraint } from './foreign-keys.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { addIdentity, dropIdentity, setIdentity } from './identity.ts'
import { isView } from './known-views.ts'
import { lockDescendants, lockOnly } from './locks.ts'
import { disableRowSecurity, enableRowSecurity, forceRowSecurity } from './policies.ts'
import { isAbsent, isColumnAbsent } from './presence.ts'
import { subcommandsOf } from './subcommands.ts'
import { attachPartition, detachPartition, finishDetach } from './partitions.ts'
import {
  addInherit,
  changeOwner,
  clusterOn,
  dropInherit,
  replicaIdentity,
  setAccessMethod,
  setLogged,
  setOptions,
  setTablespace,
} from './storage.ts'
import { alterComposite } from './types.ts'

/** A subcommand that only changes the catalogs and that no query of the running release notices. */
function short(form: string, lock: LockMode): AlterForm {
  return ({ table, name }) => [
    { form, relation: table, lock, names: { table, column: name, constraint: name } },
  ]
}

const trigger = short('enable or disable trigger', 'SHARE ROW EXCLUSIVE')
const rule = short('enable or disable rule', 'ACCESS EXCLUSIVE')

/** What each subcommand of ALTER TABLE does. A new one is one entry; what is not here is refused as unknown. */
const alterTableForms: Partial<Record<AlterTableType, AlterForm>> = {
  AT_AddColumn: addColumn,
  AT_DropColumn: dropColumn,
  AT_SetNotNull: setNotNull,
  AT_DropNotNull: dropNotNull,
  AT_ColumnDefault: changeDefault,
  AT_AlterColumnType: changeType,
  AT_AddIdentity: addIdentity,
  AT_SetIdentity: setIdentity,
  AT_DropIdentity: dropIdentity,
  AT_DropExpression: dropExpression,
  AT_SetExpression: setExpression,
  AT_AddConstraint: addConstraint,
  AT_DropConstraint: dropConstraint,
  AT_AlterConstraint: alterConstraint,
  AT_ValidateConstraint: validateConstraint,
  AT_SetStatistics: short('set statistics', 'SHARE UPDATE EXCLUSIVE'),
  AT_SetOptions: short('set column options', 'SHARE UPDATE EXCLUSIVE'),
  AT_ResetOptions: short('reset column options', 'SHARE UPDATE EXCLUSIVE'),
  AT_SetStorage: short('set storage', 'ACCESS EXCLUSIVE'),
  AT_SetCompression: short('set compression', 'ACCESS EXCLUSIVE'),
  AT_SetRelOptions: setOptions,
  AT_ResetRelOptions: setOptions,
  AT_SetLogged: setLogged(false),
  AT_SetUnLogged: setLogged(true),
  AT_SetAccessMethod: setAccessMethod,
  AT_SetTableSpace: setTablespace,
  AT_ClusterOn: clusterOn,
  AT_DropCluster: short('set without cluster', 'SHARE UPDATE EXCLUSIVE'),
  AT_DropOids: short('set without oids', 'ACCESS EXCLUSIVE'),
  AT_ReplicaIdentity: replicaIdentity,
  AT_ChangeOwner: changeOwner,
  AT_AddInherit: addInherit,
  AT_DropInherit: dropInherit,
  AT_AddOf: short('of type', 'ACCESS EXCLUSIVE'),
  AT_DropOf: short('not of', 'ACCESS EXCLUSIVE'),
  AT_AttachPartition: attachPartition,
  AT_DetachPartition: detachPartition,
  AT_DetachPartitionFinalize: finishDetach,
  AT_EnableRowSecurity: enableRowSecurity,
  AT_DisableRowSecurity: disableRowSecurity,
  AT_ForceRowSecurity: forceRowSecurity,
  AT_NoForceRowSecurity: short('row security', 'ACCESS EXCLUSIVE'),
  AT_EnableTrig: trigger,
  AT_EnableAlwaysTrig: trigger,
  AT_EnableReplicaTrig: trigger,
  AT_DisableTrig: trigger,
  AT_EnableTrigAll: trigger,
  AT_DisableTrigAll: trigger,
  AT_EnableTrigUser: trigger,
  AT_DisableTrigUser: trigger,
  AT_EnableRule: rule,
  AT_EnableAlwaysRule: rule,
  AT_EnableReplicaRule: rule,
  AT_DisableRule: rule,
}

/** Subcommands after which the next ones of the same ALTER TABLE find another table. */
const makes = new Set<AlterTableType | undefined>([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_AddConstraint',
  'AT_DropConstraint',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_DropIdentity',
  'AT_DropExpression',
])

/** Subcommands that are refused when there is no such column. */
const ofColumn = new Set<AlterTableType | undefined>([
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_ColumnDefault',
  'AT_AlterColumnType',
  'AT_AddIdentity',
  'AT_SetStatistics',
  'AT_SetStorage',
])

/** Subcommands that no view takes, materialized or not. */
const ofTables = new Set<AlterTableType | undefined>([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_AlterColumnType',
  'AT_AddIdentity',
  'AT_AddConstraint',
  'AT_DropConstraint',
  'AT_ValidateConstraint',
])

function isNoTable(relation: string, world: World): boolean {
  const isSeen = isView(relation, world) || isKind(world, relation, 'materialized view')
  return isSeen && !world.known.doubtful
}

/** ALTER TABLE: the effects of its subcommands, each on its own. */
export const alterTable: Form<'AlterTableStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.objtype === 'OBJECT_TYPE') return alterComposite(node, context)
  const isIndex = node.objtype === 'OBJECT_INDEX' || Boolean(findIndex(context.world, table))
  if (isIndex) return alterEach(node, table, alterIndexForms, context)
  // Its subcommands set options, owners and defaults: short, all of them.
  if (node.objtype === 'OBJECT_VIEW') return [lockOnly('alter view', table, 'ACCESS EXCLUSIVE')]
  // There are no rows of its own to work on.
  if (node.objtype === 'OBJECT_FOREIGN_TABLE')
    return alterEach(node, table, alterTableForms, context).map((draft) => ({ ...draft, work: 'nothing' }))
  if (node.objtype === 'OBJECT_SEQUENCE') return [lockOnly('alter sequence', table, 'ACCESS EXCLUSIVE')]
  return alterEach(node, table, alterTableForms, context)
}

function alterEach(
  node: AlterTableStmt,
  table: string,
  forms: Partial<Record<AlterTableType, AlterForm>>,
  context: Context,
): Draft[] {
  const whole = node.relation?.inh === true
  if (isAbsent(context.world, table)) return [absent('alter table', table, node.missing_ok)]
  const commands = allOf(node.cmds, 'AlterTableCmd')
  const each = commands.map((command): readonly Draft[] => {
    if (ofTables.has(command.subtype) && isNoTable(table, context.world))
      return [{ form: 'alter view', relation: table, lock: 'ACCESS EXCLUSIVE', fails: `${table} is a view` }]
    const form = command.subtype === undefined ? undefined : forms[command.subtype]
    if (form === undefined) return [notJudged(command.subtype, table, context)]
    const name = quoteName(command.name ?? '')
    const drafts = form({ command, table, name, context })
    if (ofColumn.has(command.subtype) && isColumnAbsent(context.world, table, name)) {
      return [
        {
          form: 'alter column',
          relation: table,
          lock: 'ACCESS EXCLUSIVE',
          fails: `${table} has no column ${name}`,
        },
      ]
    }
    // One ALTER TABLE may go on with what it made.
    if (commands.length > 1 && makes.has(command.subtype))
      for (const { learn } of drafts) learn?.(context.world.known)
    const isAlone = descendantsOf(context.world, table).length === 0
    if (isAlone || !reaches(command, table, whole, context.world)) return drafts
    const own = drafts.filter(({ relation }) => relation === table)
    return [
      ...drafts,
      ...own
        .flatMap((draft) => lockDescendants(forParts(draft, context.world), context.world))
        .filter(({ relation }) => whole || isChild(relation, table, context.world)),
    ]
  })
  const isClustered = commands.length > 1 && commands.some(({ subtype }) => subtype === 'AT_ClusterOn')
  const effects = isClustered ? openIndex(each, table) : each
  const clauses = subcommandsOf(node, context.statement)
  if (clauses.length === 0) return effects.flat()
  return effects.flatMap((drafts, index) => drafts.map((draft) => ({ ...draft, clause: clauses[index] })))
}

/** One ALTER TABLE takes its strongest lock at once, and opens the index of CLUSTER ON with that one. */
function openIndex(effects: readonly (readonly Draft[])[], table: string): readonly Draft[][] {
  const taken = effects.flat().flatMap(({ relation, lock }) => (relation === table && lock ? [lock] : []))
  const strongest = lockModes[Math.max(...taken.map((lock) => lockModes.indexOf(lock)))]
  const isOpened = ({ form, indexOf }: Draft) => form === 'cluster on' && indexOf !== undefined
  return effects.map((drafts) =>
    drafts.map((draft) =>
      isOpened(draft) && strongest !== undefined ? { ...draft, lock: strongest } : draft,
    ),
  )
}

/** A statement about a table that is not there: nothing happens, or it fails. */
function absent(form: string, table: string, missingIsOk: boolean | undefined): Draft {
  const names = { table }
  return missingIsOk === true ? { form, names } : { form, names, fails: `there is no table ${table}` }
}

function notJudged(subtype: AlterTableType | undefined, table: string, { world }: Context): Draft {
  if (isNewRelation(world, table)) return { form: 'alter new table', relation: table }
  const reason = `this subcommand of ALTER TABLE (${String(subtype).replace('AT_', '')}) is not judged`
  return unknown('alter table', reason, table)
}
