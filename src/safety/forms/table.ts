import type { NodeOf, Tag } from '../nodes.ts'
import { tagOf } from '../nodes.ts'
import { tooNew } from '../newer-syntax.ts'
import { alterTable } from './alter-table.ts'
import { call, createFunction, execute, prepare } from './calls.ts'
import { copy } from './copy.ts'
import { createTable } from './create-table.ts'
import { createTableAs } from './create-table-as.ts'
import { insert, remove, select, update } from './data.ts'
import { refusedWhileWaiting, setConstraints } from './deferred-checks.ts'
import { alterDomain, createDomain } from './domains.ts'
import { drop } from './drop.ts'
import { explain } from './explain.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { doBlock } from './code-block.ts'
import { createIndex } from './indexes.ts'
import { lockRewritten } from './locks.ts'
import { merge } from './merge.ts'
import * as objects from './objects.ts'
import type { World } from '../known.ts'
import type { Statement } from '../parse.ts'
import { defaultPrivileges, grant, grantRole } from './privileges.ts'
import { alterPublication, createPublication } from './publications.ts'
import { cluster, reindex } from './rebuild.ts'
import { rename } from './rename.ts'
import { alterPolicy, createPolicy } from './policies.ts'
import { createRole, dropOwned, dropRole, reassignOwned } from './roles.ts'
import { alterSequence } from './sequences.ts'
import { discard, lockTable, setVariable, transactionControl } from './session.ts'
import { alterRole, setForDatabase, setForRole } from './standing-settings.ts'
import { sleepsIn } from './sleeps.ts'
import { createRule, createTrigger } from './triggers.ts'
import { truncate } from './truncate.ts'
import { withSchemas } from '../search-path.ts'
import { createView, refresh } from './views.ts'

/** What each statement of Postgres does. A new form is one entry; what is not here is refused as unknown. */
const forms: { readonly [T in Tag]?: Form<T> } = {
  AlterCollationStmt: objects.harmless('alter collation'),
  AlterDatabaseRefreshCollStmt: objects.harmless('alter database'),
  AlterDatabaseSetStmt: setForDatabase,
  AlterDefaultPrivilegesStmt: defaultPrivileges,
  AlterDomainStmt: alterDomain,
  AlterEnumStmt: objects.alterEnum,
  AlterEventTrigStmt: objects.harmless('alter event trigger'),
  AlterExtensionContentsStmt: objects.harmless('alter extension'),
  AlterFdwStmt: objects.harmless('alter foreign data wrapper'),
  AlterForeignServerStmt: objects.harmless('alter server'),
  AlterFunctionStmt: objects.harmless('alter function'),
  AlterObjectDependsStmt: objects.harmless('depends on extension'),
  AlterObjectSchemaStmt: objects.setSchema,
  AlterOpFamilyStmt: objects.harmless('alter operator family'),
  AlterOperatorStmt: objects.harmless('alter operator'),
  AlterOwnerStmt: objects.harmless('change owner'),
  AlterPolicyStmt: alterPolicy,
  AlterPublicationStmt: alterPublication,
  AlterRoleSetStmt: setForRole,
  AlterRoleStmt: alterRole,
  AlterSeqStmt: alterSequence,
  AlterStatsStmt: objects.alterStatistics,
  AlterSystemStmt: objects.alone('alter system'),
  AlterTableSpaceOptionsStmt: objects.harmless('alter tablespace'),
  AlterTableStmt: alterTable,
  AlterTSConfigurationStmt: objects.harmless('alter text search configuration'),
  AlterTSDictionaryStmt: objects.harmless('alter text search dictionary'),
  AlterTypeStmt: objects.harmless('alter type'),
  AlterUserMappingStmt: objects.harmless('alter user mapping'),
  CallStmt: call,
  CheckPointStmt: objects.harmless('checkpoint'),
  ClosePortalStmt: objects.harmless('close'),
  ClusterStmt: cluster,
  CommentStmt: objects.comment,
  CompositeTypeStmt: objects.createComposite,
  ConstraintsSetStmt: setConstraints,
  CopyStmt: copy,
  CreateAmStmt: objects.harmless('create access method'),
  CreateCastStmt: objects.harmless('create cast'),
  CreateConversionStmt: objects.harmless('create conversion'),
  CreatedbStmt: objects.alone('create database'),
  CreateDomainStmt: createDomain,
  CreateEnumStmt: objects.createEnum,
  CreateEventTrigStmt: objects.harmless('create event trigger'),
  CreateExtensionStmt: objects.createExtension,
  CreateFdwStmt: objects.harmless('create foreign data wrapper'),
  CreateForeignServerStmt: objects.harmless('create server'),
  CreateForeignTableStmt: objects.createForeignTable,
  CreateFunctionStmt: createFunction,
  CreateOpClassStmt: objects.harmless('create operator class'),
  CreateOpFamilyStmt: objects.harmless('create operator family'),
  CreatePLangStmt: objects.harmless('create language'),
  CreatePolicyStmt: createPolicy,
  CreatePublicationStmt: createPublication,
  CreateRangeStmt: objects.createRange,
  CreateSchemaStmt: objects.createSchema,
  CreateSeqStmt: objects.createSequence,
  CreateStatsStmt: objects.createStatistics,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  CreateTableSpaceStmt: objects.alone('create tablespace'),
  CreateTransformStmt: objects.harmless('create transform'),
  CreateTrigStmt: createTrigger,
  CreateUserMappingStmt: objects.harmless('create user mapping'),
  CreateRoleStmt: createRole,
  DeallocateStmt: objects.harmless('deallocate'),
  DeclareCursorStmt: objects.harmless('declare cursor'),
  DefineStmt: objects.harmless('create object'),
  DeleteStmt: remove,
  DiscardStmt: discard,
  DoStmt: doBlock,
  DropdbStmt: objects.dropDatabase,
  DropOwnedStmt: dropOwned,
  DropRoleStmt: dropRole,
  DropStmt: drop,
  DropTableSpaceStmt: objects.alone('drop tablespace'),
  DropUserMappingStmt: objects.harmless('drop user mapping'),
  ExecuteStmt: execute,
  ExplainStmt: explain,
  FetchStmt: objects.harmless('fetch'),
  GrantRoleStmt: grantRole,
  GrantStmt: grant,
  ImportForeignSchemaStmt: objects.harmless('import foreign schema'),
  IndexStmt: createIndex,
  InsertStmt: insert,
  ListenStmt: objects.harmless('listen'),
  LockStmt: lockTable,
  MergeStmt: merge,
  NotifyStmt: objects.harmless('notify'),
  PrepareStmt: prepare,
  ReassignOwnedStmt: reassignOwned,
  RefreshMatViewStmt: refresh,
  ReindexStmt: reindex,
  RenameStmt: rename,
  RuleStmt: createRule,
  SecLabelStmt: objects.securityLabel,
  SelectStmt: select,
  TransactionStmt: transactionControl,
  TruncateStmt: truncate,
  UnlistenStmt: objects.harmless('unlisten'),
  UpdateStmt: update,
  VacuumStmt: objects.vacuum,
  VariableSetStmt: setVariable,
  VariableShowStmt: objects.harmless('show'),
  ViewStmt: createView,
}

/** What a statement does, by relation. */
export function draftsOf(statement: Statement, world: World): readonly Draft[] {
  return judge({ statement, world, callers: [] })
}

function judge({ statement, world, callers }: Omit<Context, 'judge'>): readonly Draft[] {
  const context: Context = { statement: withSchemas(statement, world), world, callers, judge }
  const { node } = context.statement
  const tag = tagOf(node)
  const formed = applyForm(tag, node, context) ?? [
    unknown('other', opaque[tag] ?? `${words(tag)} is not judged`),
  ]
  const drafts = formed.concat(refusedWhileWaiting(node, context), sleepsIn(node, context.statement.sql))
  const { facts } = world
  // Without the database neither indexes nor its version are known.
  if (facts === undefined) return drafts
  return drafts.concat(lockRewritten(drafts, world), tooNew(node, facts.version))
}

/** Statements that may do anything. */
const opaque: Partial<Record<Tag, string>> = {
  AlterExtensionStmt: 'what the script of the new version of the extension does is known only when it runs',
  AlterTableMoveAllStmt: 'it copies every table of the tablespace while nobody can use it',
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
