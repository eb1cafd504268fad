import type { NodeOf, Tag } from '../nodes.ts'
import { tagOf } from '../nodes.ts'
import { alterTable } from './alter-table.ts'
import { createTable, createTableAs } from './create-table.ts'
import { insert, remove, select, truncate, update } from './data.ts'
import { drop } from './drop.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { createIndex, reindex } from './indexes.ts'
import {
  alterEnum,
  comment,
  createComposite,
  createEnum,
  createExtension,
  createFunction,
  createSchema,
  createSequence,
  createTrigger,
  createView,
  grant,
  vacuum,
} from './objects.ts'
import { rename } from './rename.ts'
import { lockTable, setVariable, transactionControl } from './session.ts'

/** What each statement of Postgres does. A new form is one entry; what is not here is refused as unknown. */
const forms: { readonly [T in Tag]?: Form<T> } = {
  AlterEnumStmt: alterEnum,
  AlterTableStmt: alterTable,
  CommentStmt: comment,
  CompositeTypeStmt: createComposite,
  CreateEnumStmt: createEnum,
  CreateExtensionStmt: createExtension,
  CreateFunctionStmt: createFunction,
  CreateSchemaStmt: createSchema,
  CreateSeqStmt: createSequence,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  CreateTrigStmt: createTrigger,
  DeleteStmt: remove,
  DropStmt: drop,
  GrantStmt: grant,
  IndexStmt: createIndex,
  InsertStmt: insert,
  LockStmt: lockTable,
  ReindexStmt: reindex,
  RenameStmt: rename,
  SelectStmt: select,
  TransactionStmt: transactionControl,
  TruncateStmt: truncate,
  UpdateStmt: update,
  VacuumStmt: vacuum,
  VariableSetStmt: setVariable,
  ViewStmt: createView,
}

/** What a statement does, by relation. */
export function draftsOf(context: Context): readonly Draft[] {
  const { node } = context.statement
  const tag = tagOf(node)
  return applyForm(tag, node, context) ?? [unknown('other', `${words(tag)} is not judged`)]
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
