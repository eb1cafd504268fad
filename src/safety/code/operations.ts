import { parseSync, type AlterTableType, type Constraint, type IndexStmt, type Node } from 'libpg-query'
import { allOf, as, strings } from '../nodes.ts'
import { clauseAt, typeText } from '../sql-text.ts'
import { reverseOf } from './reverse.ts'

/** A value in SQL, and the same as a constant where it is one. */
export interface Value {
  readonly sql: string
  readonly constant?: string | number | boolean
}

/** What frameworks have words for. Names are as the catalog has them, without quotes; none of them is in a named schema. */
export type Change =
  | {
      readonly kind: 'add column'
      readonly table: string
      readonly column: string
      readonly type: string
      readonly notNull: boolean
      readonly value: Value | null
    }
  | { readonly kind: 'set default'; readonly table: string; readonly column: string; readonly value: Value }
  | {
      readonly kind: 'drop default' | 'set not null' | 'drop not null' | 'drop column'
      readonly table: string
      readonly column: string
    }
  | {
      readonly kind: 'add check'
      readonly table: string
      readonly name: string
      /** Without the brackets around it. */
      readonly condition: string
      readonly tree: Node | undefined
    }
  | ForeignKey
  | {
      readonly kind: 'validate' | 'drop constraint'
      readonly table: string
      readonly name: string
    }
  | Index
  | { readonly kind: 'drop index'; readonly name: string }
  | {
      /** UNIQUE or PRIMARY KEY USING INDEX. */
      readonly kind: 'attach index'
      readonly table: string
      readonly primary: boolean
      readonly name: string
      readonly index: string
    }
  | { readonly kind: 'rename table'; readonly table: string; readonly newName: string }
  | { readonly kind: 'drop table'; readonly table: string }
  | { readonly kind: 'rename part'; readonly name: string }
  | { readonly kind: 'other' }

/** A change of one kind. */
export type ChangeOf<Kind extends Change['kind']> = Change & { readonly kind: Kind }

export interface ForeignKey {
  readonly kind: 'add foreign key'
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly referenced: string
  readonly referencedColumns: readonly string[]
  readonly onDelete: 'CASCADE' | 'SET NULL' | 'RESTRICT' | null
  readonly deferred: boolean
}

/** CREATE INDEX CONCURRENTLY over plain columns. */
export interface Index {
  readonly kind: 'create index'
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** A statement of a recipe, and what it is for a framework. */
export interface Operation {
  readonly change: Change
  readonly sql: string
  /** The statement that undoes it: '' when there is nothing to undo, null when there is none. */
  readonly reverse: string | null
}

/** Reads a statement. One that no framework has words for, or that is not understood, is `other`. */
export function readOperation(sql: string): Operation {
  const node = statementOf(sql)
  if (node === undefined) return { change: { kind: 'other' }, sql, reverse: null }
  return { change: changeOf(node, sql) ?? { kind: 'other' }, sql, reverse: reverseOf(node) }
}

function statementOf(sql: string): Node | undefined {
  try {
    const statements = parseSync(sql).stmts ?? []
    return statements.length === 1 ? statements[0]?.stmt : undefined
  } catch {
    return undefined
  }
}

function changeOf(node: Node, sql: string): Change | undefined {
  const alter = as(node, 'AlterTableStmt')
  const [command, ...others] = allOf(alter?.cmds, 'AlterTableCmd')
  const plain = alter?.relation?.schemaname === undefined && alter?.objtype === 'OBJECT_TABLE'
  if (command !== undefined && others.length === 0 && plain)
    return alteration(command, alter.relation?.relname ?? '', sql)
  const index = as(node, 'IndexStmt')
  if (index !== undefined) return indexChange(index)
  const rename = as(node, 'RenameStmt')
  if (rename?.renameType === 'OBJECT_TABLE' && rename.relation?.schemaname === undefined)
    return { kind: 'rename table', table: rename.relation?.relname ?? '', newName: rename.newname ?? '' }
  if (rename?.renameType === 'OBJECT_INDEX')
    return { kind: 'rename part', name: rename.relation?.relname ?? '' }
  if (rename?.renameType === 'OBJECT_TABCONSTRAINT')
    return { kind: 'rename part', name: rename.subname ?? '' }
  const drop = as(node, 'DropStmt')
  const [target, ...more] = allOf(drop?.objects, 'List').map(({ items }) => strings(items))
  const [name] = target ?? []
  if (
    name === undefined ||
    target?.length !== 1 ||
    more.length > 0 ||
    drop?.behavior !== 'DROP_RESTRICT' ||
    drop.missing_ok === true
  )
    return undefined
  if (drop.removeType === 'OBJECT_TABLE') return { kind: 'drop table', table: name }
  return drop.removeType === 'OBJECT_INDEX' && drop.concurrent === true
    ? { kind: 'drop index', name }
    : undefined
}

type Command = ReturnType<typeof allOf<'AlterTableCmd'>>[number]

function alteration(command: Command, table: string, sql: string): Change | undefined {
  const read = command.subtype === undefined ? undefined : alterations[command.subtype]
  return command.missing_ok === true || command.behavior === 'DROP_CASCADE'
    ? undefined
    : read?.(command, table, sql)
}

type ReadCommand = (command: Command, table: string, sql: string) => Change | undefined

const ofColumn =
  (kind: 'set not null' | 'drop not null' | 'drop column'): ReadCommand =>
  ({ name = '' }, table) => ({ kind, table, column: name })

const ofConstraint =
  (kind: 'validate' | 'drop constraint'): ReadCommand =>
  ({ name = '' }, table) => ({ kind, table, name })

const alterations: Partial<Record<AlterTableType, ReadCommand>> = {
  AT_AddColumn: ({ def }, table, sql) => addedColumn(def, table, sql),
  AT_AddConstraint: ({ def }, table, sql) => addedConstraint(as(def, 'Constraint'), table, sql),
  AT_ColumnDefault: changedDefault,
  AT_SetNotNull: ofColumn('set not null'),
  AT_DropNotNull: ofColumn('drop not null'),
  AT_DropColumn: ofColumn('drop column'),
  AT_ValidateConstraint: ofConstraint('validate'),
  AT_DropConstraint: ofConstraint('drop constraint'),
}

function changedDefault({ def, name = '' }: Command, table: string, sql: string): Change | undefined {
  if (def === undefined) return { kind: 'drop default', table, column: name }
  const expression = /\bset\s+default\s+([\s\S]*)$/i.exec(sql)?.[1]
  return expression === undefined
    ? undefined
    : { kind: 'set default', table, column: name, value: valueOf(expression, def) }
}

function addedColumn(def: Node | undefined, table: string, sql: string): Change | undefined {
  const column = as(def, 'ColumnDef')
  const constraints = allOf(column?.constraints, 'Constraint')
  const known = constraints.every(
    ({ contype }) => contype === 'CONSTR_NOTNULL' || contype === 'CONSTR_DEFAULT',
  )
  if (column === undefined || !known || column.collClause !== undefined) return undefined
  const value = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')
  const text = clauseAt({ sql, start: 0 }, value?.location, ['not', 'null']).replace(/^default\s+/i, '')
  return {
    kind: 'add column',
    table,
    column: column.colname ?? '',
    type: typeText(column.typeName),
    notNull: constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL'),
    value: value?.raw_expr === undefined ? null : valueOf(text, value.raw_expr),
  }
}

function valueOf(sql: string, node: Node): Value {
  const constant = as(node, 'A_Const')
  const found = constant?.sval?.sval ?? constant?.boolval?.boolval ?? constant?.ival?.ival
  // The parser leaves out what is zero, false or empty.
  const zero = constant?.ival !== undefined ? 0 : constant?.boolval !== undefined ? false : undefined
  const empty = constant?.sval !== undefined ? '' : zero
  const known = found ?? empty
  return known === undefined ? { sql } : { sql, constant: known }
}

function addedConstraint(constraint: Constraint | undefined, table: string, sql: string): Change | undefined {
  const name = constraint?.conname
  if (constraint === undefined || name === undefined) return undefined
  const primary = constraint.contype === 'CONSTR_PRIMARY'
  if (constraint.indexname !== undefined && (primary || constraint.contype === 'CONSTR_UNIQUE'))
    return { kind: 'attach index', table, name, index: constraint.indexname, primary }
  if (constraint.skip_validation !== true) return undefined
  if (constraint.contype === 'CONSTR_CHECK') {
    const condition = /\bcheck\s*\(([\s\S]*)\)\s*not\s+valid$/i.exec(sql)?.[1]
    const tree = constraint.raw_expr
    return condition === undefined ? undefined : { kind: 'add check', table, name, condition, tree }
  }
  return constraint.contype === 'CONSTR_FOREIGN' ? foreignKey(constraint, table, name) : undefined
}

const actions: Readonly<Record<string, ForeignKey['onDelete']>> = {
  a: null,
  c: 'CASCADE',
  n: 'SET NULL',
  r: 'RESTRICT',
}

function foreignKey(constraint: Constraint, table: string, name: string): ForeignKey | undefined {
  const { pktable, fk_del_action = 'a', fk_upd_action = 'a', fk_matchtype = 's' } = constraint
  const onDelete = actions[fk_del_action]
  const referencedColumns = strings(constraint.pk_attrs)
  const deferred = constraint.deferrable === true && constraint.initdeferred === true
  const plain = fk_upd_action === 'a' && fk_matchtype === 's' && deferred === (constraint.deferrable === true)
  const local = pktable?.relname !== undefined && pktable.schemaname === undefined
  if (onDelete === undefined || !plain || !local || referencedColumns.length === 0) return undefined
  const columns = strings(constraint.fk_attrs)
  const referenced = pktable.relname ?? ''
  return { kind: 'add foreign key', table, name, columns, referenced, referencedColumns, onDelete, deferred }
}

function indexChange(node: IndexStmt): Index | undefined {
  const elements = allOf(node.indexParams, 'IndexElem')
  const columns = elements.flatMap(({ name, opclass, ordering, nulls_ordering, collation }) => {
    const plain = strings(opclass).length === 0 && strings(collation).length === 0
    const usual = ordering === 'SORTBY_DEFAULT' && nulls_ordering === 'SORTBY_NULLS_DEFAULT'
    return plain && usual ? (name ?? []) : []
  })
  const plain =
    node.concurrent === true &&
    node.whereClause === undefined &&
    node.accessMethod === 'btree' &&
    node.indexIncludingParams === undefined &&
    node.options === undefined &&
    node.tableSpace === undefined &&
    node.nulls_not_distinct !== true &&
    node.if_not_exists !== true &&
    node.relation?.schemaname === undefined &&
    node.relation?.inh === true
  const table = node.relation?.relname
  if (!plain || table === undefined || node.idxname === undefined || columns.length !== elements.length)
    return undefined
  return { kind: 'create index', table, name: node.idxname, columns, unique: node.unique === true }
}
