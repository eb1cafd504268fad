import type { Node, TransactionStmtKind } from 'libpg-query'
import { allOf, as } from '../nodes.ts'
import { isKind, type World } from '../known.ts'
import { schemasOf } from '../search-path.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { lockModes } from '../effect.ts'
import { unknown, type Form } from './form.ts'
import { isView, relationsBehind } from './known-views.ts'
import { lockDescendants, lockOnly } from './locks.ts'
import { refusedAbsent } from './refused-writes.ts'

// Settings after which a statement's text no longer says what it does.
const meaningful: Readonly<Record<string, string>> = {
  search_path: 'after it, names may mean other tables',
  session_replication_role: 'after it, triggers and foreign keys may be off',
  role: 'after it, another role owns what is made',
  session_authorization: 'after it, another role owns what is made',
  row_security: 'after it, policies may be off',
}

/** Whether the role is that of the session: then nothing changes. */
function isOwnRole(args: readonly Node[] | undefined, { facts }: World): boolean {
  const role = as(args?.[0], 'A_Const')?.sval?.sval
  return role !== undefined && quoteName(role) === facts?.server?.user
}

/** SET and RESET: harmless, but for the few that change what the next statements mean. */
export const setVariable: Form<'VariableSetStmt'> = (node, context) => {
  const { world } = context
  const name = node.name ?? ''
  if (name === 'search_path') return setPath(node, context)
  const usual = name === 'role' && isOwnRole(node.args, world)
  const reason = node.kind?.startsWith('VAR_SET') === true && !usual ? meaningful[name] : undefined
  if (name.toLowerCase() === 'timezone') {
    const zone = as(node.args?.[0], 'A_Const')?.sval?.sval
    // An offset or an interval is no zone that never was off: the empty name stands for it.
    const value = node.kind === 'VAR_SET_VALUE' ? (zone ?? '') : undefined
    return [{ form: 'set', learn: (known) => void (known.timeZone = value) }]
  }
  return [reason === undefined ? { form: 'set' } : unknown('set', `SET ${name}: ${reason}`)]
}

/** SET search_path: names without a schema are looked for elsewhere from then on. */
const setPath: Form<'VariableSetStmt'> = (node, { statement, world }) => {
  const isLocal = node.is_local === true
  // Postgres warns, and does nothing.
  if (isLocal && !statement.inTransaction) return [{ form: 'set' }]
  const schemas = schemasOf(node)
  const isReset = node.kind === 'VAR_RESET' || node.kind === 'VAR_SET_DEFAULT'
  // Which of several schemas has a name, only the database can tell.
  const isTold = schemas !== undefined && (schemas.length < 2 || world.facts?.relation !== undefined)
  if (!isReset && !isTold) return [unknown('set', `SET search_path: ${meaningful['search_path'] ?? ''}`)]
  const unit = isLocal ? statement.unit : null
  const path = isReset || schemas === undefined ? undefined : { schemas, unit }
  return [{ form: 'set', learn: (known) => void (known.searchPath = path) }]
}

/** DISCARD: the session is as new. ALL refuses a transaction. */
export const discard: Form<'DiscardStmt'> = ({ target }) => {
  const all = target === 'DISCARD_ALL'
  return [
    {
      form: 'discard',
      refusesTransaction: all,
      learn: (known) => {
        if (all) known.timeZone = known.searchPath = undefined
      },
    },
  ]
}

const controls: Partial<Record<TransactionStmtKind, string>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'savepoint',
  TRANS_STMT_ROLLBACK_TO: 'savepoint',
}

/** BEGIN, COMMIT and their kin: harmless by themselves; whether they may stand here is judged with the migration. */
export const transactionControl: Form<'TransactionStmt'> = ({ kind }) => {
  const form = kind === undefined ? undefined : controls[kind]
  if (form !== undefined) return [{ form }]
  return [unknown('transaction control', 'what a prepared transaction leaves behind is not judged')]
}

/** Postgres locks tables and views by their names, and nothing else. */
function refusedLock(name: string, world: World): { fails?: string } {
  const isOther = (['materialized view', 'sequence'] as const).some((kind) => isKind(world, name, kind))
  return isOther ? { fails: `${name} is not a table or a view` } : refusedAbsent(name, world)
}

const noTransaction = 'it stands in no transaction, in which alone Postgres takes LOCK TABLE'

/** LOCK TABLE: no work of its own, but all that follows is done under it. */
export const lockTable: Form<'LockStmt'> = (node, { statement, world }) =>
  allOf(node.relations, 'RangeVar').flatMap((relation) => {
    // The parser numbers the modes from 1.
    const mode = lockModes[(node.mode ?? lockModes.length) - 1] ?? 'ACCESS EXCLUSIVE'
    const name = relationName(relation)
    const refused = statement.inTransaction ? refusedLock(name, world) : { fails: noTransaction }
    const draft = { ...lockOnly('lock table', name, mode), ...refused }
    const shown = isView(name, world) ? relationsBehind(name, world) : []
    const behind = shown.map((one) => lockOnly('lock table', one, mode))
    return [
      draft,
      ...behind,
      ...[draft, ...behind].flatMap((one) => (relation.inh === true ? lockDescendants(one, world) : [])),
    ]
  })
