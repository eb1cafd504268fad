import type { ObjectType, RenameStmt } from 'libpg-query'
import { qualified, type ColumnFacts, type IndexFacts } from '../../postgres/facts.ts'
import {
  factsName,
  findColumn,
  findIndex,
  isNewColumn,
  isNewRelation,
  partKey,
  shortName,
  type Known,
  type World,
} from '../known.ts'
import { as } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import { isAbsent } from './presence.ts'
import { lockDescendants, lockIndex, lockIndexes, lockOnly } from './locks.ts'
import { renameSchema } from './schemas.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'

/** ALTER ... RENAME: quick for Postgres, fatal for every query that still says the old name. */
export const rename: Form<'RenameStmt'> = (node, context) => {
  const form = node.renameType === undefined ? undefined : renames[node.renameType]
  if (form !== undefined) {
    const draft = form(node, context)
    const whole = node.renameType === 'OBJECT_COLUMN' || node.renameType === 'OBJECT_TRIGGER'
    return [draft, ...(whole ? lockDescendants(draft, context.world) : []), ...ofConstraint(node, context)]
  }
  const kind = String(node.renameType).replace('OBJECT_', '').replaceAll('_', ' ')
  return [unknown('rename other object', `RENAME of a ${kind} is not judged`)]
}

/** What renaming each kind of object does. */
const renames: Partial<Record<ObjectType, (node: RenameStmt, context: Context) => Draft>> = {
  OBJECT_COLUMN: renameColumn,
  OBJECT_TABLE: renameRelation,
  OBJECT_VIEW: renameRelation,
  OBJECT_MATVIEW: renameRelation,
  OBJECT_INDEX: renameIndex,
  OBJECT_TABCONSTRAINT: renameConstraint,
  OBJECT_SEQUENCE: renameObject('sequence', (node) => relationName(node.relation), true),
  OBJECT_TYPE: renameObject('type', objectName, false),
  OBJECT_DOMAIN: renameObject('domain', objectName, false),
  OBJECT_FUNCTION: renameObject('function', objectName, false),
  OBJECT_PROCEDURE: renameObject('procedure', objectName, false),
  OBJECT_ROUTINE: renameObject('routine', objectName, false),
  OBJECT_AGGREGATE: renameObject('aggregate', objectName, false),
  OBJECT_SCHEMA: renameSchema,
  OBJECT_TRIGGER: (node) => lockOnly('rename trigger', relationName(node.relation), 'ACCESS EXCLUSIVE'),
  OBJECT_POLICY: (node) => lockOnly('rename policy', relationName(node.relation), 'ACCESS EXCLUSIVE'),
  OBJECT_RULE: (node) => lockOnly('rename rule', relationName(node.relation), 'ACCESS EXCLUSIVE'),
  OBJECT_DOMCONSTRAINT: () => ({ form: 'rename domain constraint' }),
}

function objectName({ object }: RenameStmt): string {
  return listName(
    as(object, 'List')?.items ?? as(object, 'ObjectWithArgs')?.objname ?? as(object, 'TypeName')?.names,
  )
}

/** What has no other name by which queries could reach it. */
function renameObject(
  words: string,
  nameOf: (node: RenameStmt) => string,
  isRelation: boolean,
): (node: RenameStmt, context: Context) => Draft {
  return (node, { world }) => {
    const name = nameOf(node)
    const newName = quoteName(node.newname ?? '')
    const form = `rename ${words}`
    const isNew = world.known.types.has(qualified(name)) || isNewRelation(world, name)
    return {
      ...(isRelation ? lockOnly(form, name, 'ACCESS EXCLUSIVE') : { form }),
      names: { table: name, newName },
      ...(isNew
        ? {}
        : { breaks: [{ what: 'object', why: `the ${words} ${name} is called ${newName} now` }] }),
      learn: (known) => {
        if (known.types.delete(qualified(name))) known.types.add(qualified(newName))
        if (known.relations.delete(qualified(name))) known.relations.add(qualified(newName))
      },
    }
  }
}

function renameColumn(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  const column = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  const draft: Draft = {
    form: 'rename column',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: { table, column, newName, ...columnType(world, table, column) },
    learn: (known) => moveColumn(known, table, column, newName, findColumn(world, table, column)),
  }
  if (isNewColumn(world, table, column)) return draft
  const why = `the column ${table}.${column} is called ${newName} now`
  return { ...draft, breaks: (['read', 'insert', 'update'] as const).map((what) => ({ what, why })) }
}

function columnType(world: World, table: string, column: string): { type?: string } {
  const type = findColumn(world, table, column)?.type
  return type === undefined ? {} : { type }
}

function moveColumn(
  known: Known,
  table: string,
  from: string,
  to: string,
  column: ColumnFacts | null | undefined,
): void {
  known.dropped.add(partKey(table, from))
  known.dropped.delete(partKey(table, to))
  known.columns.delete(partKey(table, from))
  if (known.newColumns.delete(partKey(table, from))) known.newColumns.add(partKey(table, to))
  if (column) known.columns.set(partKey(table, to), column)
}

function renameRelation(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  if (node.missing_ok === true && isAbsent(world, table)) return { form: 'rename table', names: { table } }
  const schema = node.relation?.schemaname === undefined ? '' : `${quoteName(node.relation.schemaname)}.`
  const newName = schema + quoteName(node.newname ?? '')
  const isNew = isNewRelation(world, table)
  // ALTER TABLE renames indexes, too.
  if (findIndex(world, table)) return renameIndex(node, { world })
  const draft: Draft = {
    form: 'rename table',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: { table, newName },
    learn: (known) => {
      if (known.relations.delete(qualified(table))) known.relations.add(qualified(newName))
      else known.renamed.set(qualified(newName), factsName(world, table))
    },
  }
  return isNew
    ? draft
    : { ...draft, breaks: [{ what: 'read', why: `the table ${table} is called ${newName} now` }] }
}

function renameIndex(node: RenameStmt, { world }: Pick<Context, 'world'>): Draft {
  const index = relationName(node.relation)
  const newName = quoteName(node.newname ?? '')
  const table = shortName(findIndex(world, index)?.table ?? index)
  // ALTER TABLE locks whatever it is given like a table.
  const mode = node.renameType === 'OBJECT_INDEX' ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
  return { ...lockIndex('rename index', index, table, mode), names: { table, index, newName } }
}

// The index of a constraint is renamed with it.
function ofConstraint(node: RenameStmt, { world }: Context): Draft[] {
  if (node.renameType !== 'OBJECT_TABCONSTRAINT') return []
  const table = relationName(node.relation)
  const name = quoteName(node.subname ?? '')
  return lockIndexes('rename constraint', table, 'SHARE UPDATE EXCLUSIVE', world, (index) =>
    isNamed(index, name),
  )
}

function isNamed({ name = '', ofConstraint: backs }: IndexFacts, constraint: string): boolean {
  return backs === true && name.endsWith(`.${constraint}`)
}

function renameConstraint(node: RenameStmt): Draft {
  const table = relationName(node.relation)
  const names = { table, constraint: quoteName(node.subname ?? ''), newName: quoteName(node.newname ?? '') }
  return { form: 'rename constraint', relation: table, lock: 'ACCESS EXCLUSIVE', names }
}
