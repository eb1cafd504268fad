import type { NodeOf, Tag } from '../nodes.ts'
import { tagOf } from '../nodes.ts'
import { alterTable } from './alter-table.ts'
import { createTable, createTableAs } from './create-table.ts'
import { copy, explain, insert, merge, remove, select, truncate, update } from './data.ts'
import { alterDomain, createDomain } from './domains.ts'
import { drop } from './drop.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { doBlock } from './code-block.ts'
import { cluster, createIndex, reindex } from './indexes.ts'
import { lockRewritten } from './locks.ts'
import * as objects from './objects.ts'
import { defaultPrivileges, grant, grantRole } from './privileges.ts'
import { alterPublication, createPublication } from './publications.ts'
import { rename } from './rename.ts'
import { alterSequence } from './sequences.ts'
import { lockTable, setConstraints, setVariable, transactionControl } from './session.ts'
import { alterPolicy, createPolicy, createRule, createTrigger } from './triggers.ts'
import { createView, refresh } from './views.ts'

/** What each statement of Postgres does. A new form is one entry; what is not here is refused as unknown. */
const forms: { readonly [T in Tag]?: Form<T> } = {
  AlterRoleStmt: objects.harmless('alter role'),
  AlterDatabaseSetStmt: objects.harmless('alter database set'),
  AlterDefaultPrivilegesStmt: defaultPrivileges,
  AlterDomainStmt: alterDomain,
  AlterEnumStmt: objects.alterEnum,
  AlterFunctionStmt: objects.harmless('alter function'),
  AlterObjectSchemaStmt: objects.setSchema,
  AlterOwnerStmt: objects.harmless('change owner'),
  AlterPolicyStmt: alterPolicy,
  AlterPublicationStmt: alterPublication,
  AlterRoleSetStmt: objects.harmless('alter role set'),
  AlterSeqStmt: alterSequence,
  AlterStatsStmt: objects.alterStatistics,
  AlterTableStmt: alterTable,
  ClusterStmt: cluster,
  CommentStmt: objects.comment,
  CompositeTypeStmt: objects.createComposite,
  ConstraintsSetStmt: setConstraints,
  CopyStmt: copy,
  CreateCastStmt: objects.harmless('create cast'),
  CreateDomainStmt: createDomain,
  CreateEnumStmt: objects.createEnum,
  CreateExtensionStmt: objects.createExtension,
  CreateFdwStmt: objects.harmless('create foreign data wrapper'),
  CreateForeignServerStmt: objects.harmless('create server'),
  CreateForeignTableStmt: objects.createForeignTable,
  CreateFunctionStmt: objects.createFunction,
  CreatePolicyStmt: createPolicy,
  CreatePublicationStmt: createPublication,
  CreateRangeStmt: objects.createRange,
  CreateSchemaStmt: objects.createSchema,
  CreateSeqStmt: objects.createSequence,
  CreateStatsStmt: objects.createStatistics,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  CreateTrigStmt: createTrigger,
  CreateUserMappingStmt: objects.harmless('create user mapping'),
  CreateRoleStmt: objects.harmless('create role'),
  DefineStmt: objects.harmless('create object'),
  DeleteStmt: remove,
  DoStmt: doBlock(draftsOf),
  DropStmt: drop,
  ExplainStmt: explain,
  GrantRoleStmt: grantRole,
  GrantStmt: grant,
  IndexStmt: createIndex,
  InsertStmt: insert,
  LockStmt: lockTable,
  MergeStmt: merge,
  NotifyStmt: objects.harmless('notify'),
  RefreshMatViewStmt: refresh,
  ReindexStmt: reindex,
  RenameStmt: rename,
  RuleStmt: createRule,
  SelectStmt: select,
  TransactionStmt: transactionControl,
  TruncateStmt: truncate,
  UpdateStmt: update,
  VacuumStmt: objects.vacuum,
  VariableSetStmt: setVariable,
  VariableShowStmt: objects.harmless('show'),
  ViewStmt: createView,
}

/** What a statement does, by relation. */
export function draftsOf(context: Context): readonly Draft[] {
  const { node } = context.statement
  const tag = tagOf(node)
  const drafts = applyForm(tag, node, context) ?? [
    unknown('other', opaque[tag] ?? `${words(tag)} is not judged`),
  ]
  return [...drafts, ...lockRewritten(drafts, context.world)]
}

/** Statements that may do anything. */
const opaque: Partial<Record<Tag, string>> = {
  CallStmt: 'what a procedure does is known only when it runs',
  ExecuteStmt: 'what was prepared is not known here',
}

function applyForm<T extends Tag>(tag: T, node: object, context: Context): readonly Draft[] | undefined {
  const form = forms[tag]
  return form?.((node as Record<T, NodeOf<T>>)[tag], context)
}

// 'CreateRoleStmt' is CREATE ROLE to a user.
function words(tag: Tag): string {
  return tag
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
}
