import type { AlterTableType, Node } from 'libpg-query'
import { allOf, as } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'

/** The statement that undoes another one by itself: '' when there is nothing to undo, null when there is none. */
export function reverseOf(node: Node): string | null {
  const alter = as(node, 'AlterTableStmt')
  if (alter !== undefined)
    return reverseAlter(relationName(alter.relation), allOf(alter.cmds, 'AlterTableCmd'))
  const rename = as(node, 'RenameStmt')
  if (rename?.renameType === 'OBJECT_TABLE') {
    const renamed = relationName({ ...rename.relation, relname: rename.newname ?? '' })
    return `ALTER TABLE ${renamed} RENAME TO ${quoteName(rename.relation?.relname ?? '')}`
  }
  const harmless = ['ReindexStmt', 'RefreshMatViewStmt', 'VacuumStmt'].some((tag) => tag in node)
  return harmless ? '' : reverseCreate(node)
}

type Command = ReturnType<typeof allOf<'AlterTableCmd'>>[number]

function reverseAlter(table: string, commands: readonly Command[]): string | null {
  const [command, ...others] = commands
  const subtype = command?.subtype
  if (command === undefined || subtype === undefined || others.length > 0) return null
  return alterations[subtype]?.(command, table) ?? null
}

const alterColumn = (table: string, { name = '' }: Command): string =>
  `ALTER TABLE ${table} ALTER COLUMN ${quoteName(name)}`

const alterations: Partial<Record<AlterTableType, (command: Command, table: string) => string | null>> = {
  AT_AddColumn: ({ def }, table) =>
    `ALTER TABLE ${table} DROP COLUMN ${quoteName(as(def, 'ColumnDef')?.colname ?? '')}`,
  AT_AddConstraint: ({ def }, table) => {
    const name = as(def, 'Constraint')?.conname
    return name === undefined ? null : `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(name)}`
  },
  AT_ColumnDefault: (command, table) =>
    command.def === undefined ? null : `${alterColumn(table, command)} DROP DEFAULT`,
  AT_SetNotNull: (command, table) => `${alterColumn(table, command)} DROP NOT NULL`,
  AT_DropNotNull: (command, table) => `${alterColumn(table, command)} SET NOT NULL`,
  AT_ValidateConstraint: () => '',
}

function reverseCreate(node: Node): string | null {
  const index = as(node, 'IndexStmt')
  if (index?.idxname !== undefined) {
    const schema = index.relation?.schemaname === undefined ? '' : `${quoteName(index.relation.schemaname)}.`
    const concurrently = index.concurrent === true ? 'CONCURRENTLY ' : ''
    return `DROP INDEX ${concurrently}IF EXISTS ${schema}${quoteName(index.idxname)}`
  }
  const view = as(node, 'ViewStmt')
  if (view !== undefined && view.replace !== true) return `DROP VIEW ${relationName(view.view)}`
  const sequence = as(node, 'CreateSeqStmt')
  if (sequence !== undefined) return `DROP SEQUENCE ${relationName(sequence.sequence)}`
  const trigger = as(node, 'CreateTrigStmt')
  if (trigger !== undefined)
    return `DROP TRIGGER ${quoteName(trigger.trigname ?? '')} ON ${relationName(trigger.relation)}`
  const routine = as(node, 'CreateFunctionStmt')
  const plain = routine !== undefined && routine.replace !== true && routine.parameters === undefined
  return plain ? `DROP FUNCTION ${listName(routine.funcname)}()` : null
}
