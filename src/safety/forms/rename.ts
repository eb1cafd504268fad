import type { ObjectType, RenameStmt } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import {
  descendantsOf,
  factsName,
  findColumn,
  findConstraint,
  findIndex,
  isNewColumn,
  isNewRelation,
  knownType,
  shortName,
  type World,
} from '../known.ts'
import { moveColumn, moveConstraint, moveIndex, moveRelation } from '../renamed.ts'
import { baseName, inSchemaOf, objectName, quoteName, relationName } from '../sql-text.ts'
import { isIndexOf } from './constraint-names.ts'
import { isAbsent, isColumnAbsent, isConstraintAbsent, whyTaken } from './presence.ts'
import { lockDescendants, lockPartitions, lockIndex, lockIndexes, lockOnly } from './locks.ts'
import { partsOf } from './column-parts.ts'
import { renameSchema } from './schemas.ts'
import { whyKept } from './shared-columns.ts'
import { knownLabels } from './default-values.ts'
import { isPassedOn, whyShared } from './shared-constraints.ts'
import { renamePolicy } from './policies.ts'
import { knowNamed, whyThere, type NamedKind } from './taken-names.ts'
import { attach } from './triggers.ts'
import { isUnused, typedTables } from './types.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'

/** ALTER ... RENAME: quick for Postgres, fatal for every query that still says the old name. */
export const rename: Form<'RenameStmt'> = (node, context) => {
  const form = node.renameType === undefined ? undefined : renames[node.renameType]
  if (form !== undefined) {
    const draft = form(node, context)
    const parts = { OBJECT_COLUMN: lockDescendants, OBJECT_TRIGGER: lockPartitions }[String(node.renameType)]
    return [
      draft,
      ...typedWith(node, context),
      ...(parts?.(draft, context.world) ?? []),
      ...ofConstraint(node, context),
    ]
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
  OBJECT_TYPE: renameObject('type', nameOf, false),
  OBJECT_DOMAIN: renameObject('domain', nameOf, false),
  OBJECT_FUNCTION: renameObject('function', nameOf, false),
  OBJECT_PROCEDURE: renameObject('procedure', nameOf, false),
  OBJECT_ROUTINE: renameObject('routine', nameOf, false),
  OBJECT_AGGREGATE: renameObject('aggregate', nameOf, false),
  OBJECT_SCHEMA: renameSchema,
  OBJECT_TRIGGER: renameAttached('trigger'),
  OBJECT_POLICY: ({ relation, subname, newname }, { world }) =>
    renamePolicy(relationName(relation), quoteName(subname ?? ''), quoteName(newname ?? ''), world),
  OBJECT_RULE: renameAttached('rule'),
  OBJECT_DOMCONSTRAINT: quietly('domain constraint'),
  OBJECT_ATTRIBUTE: renameAttribute,
  OBJECT_FOREIGN_TABLE: renameRelation,
  OBJECT_COLLATION: renameObject('collation', nameOf, false),
  OBJECT_CONVERSION: renameObject('conversion', nameOf, false),
  OBJECT_TSCONFIGURATION: renameObject('text search configuration', nameOf, false),
  OBJECT_TSDICTIONARY: renameObject('text search dictionary', nameOf, false),
  OBJECT_TSPARSER: renameObject('text search parser', nameOf, false),
  OBJECT_TSTEMPLATE: renameObject('text search template', nameOf, false),
  OBJECT_DATABASE: renameObject('database', ({ subname }) => quoteName(subname ?? ''), false),
  OBJECT_ROLE: renameNamed(
    'role',
    renameObject('role', ({ subname }) => quoteName(subname ?? ''), false),
  ),
  OBJECT_EVENT_TRIGGER: quietly('event trigger'),
  OBJECT_FDW: quietly('foreign data wrapper'),
  OBJECT_FOREIGN_SERVER: quietly('server'),
  OBJECT_LANGUAGE: quietly('language'),
  OBJECT_OPCLASS: quietly('operator class'),
  OBJECT_OPFAMILY: quietly('operator family'),
  OBJECT_PUBLICATION: renameNamed('publication', quietly('publication')),
  OBJECT_STATISTIC_EXT: renameNamed('statistics', quietly('statistics')),
  OBJECT_SUBSCRIPTION: quietly('subscription'),
  OBJECT_TABLESPACE: quietly('tablespace'),
}

function nameOf({ object }: RenameStmt): string {
  return objectName(object)
}

function renameAttached(kind: 'trigger' | 'rule'): (node: RenameStmt) => Draft {
  return ({ relation, subname, newname }) => {
    const table = relationName(relation)
    return {
      ...lockOnly(`rename ${kind}`, table, 'ACCESS EXCLUSIVE'),
      learn: (known) => {
        attach(kind, table, quoteName(subname ?? ''), false)(known)
        attach(kind, table, quoteName(newname ?? ''), true)(known)
      },
    }
  }
}

/** The old name is free, and the new one is taken. */
function renameNamed(
  kind: NamedKind,
  judged: (node: RenameStmt, context: Context) => Draft,
): (node: RenameStmt, context: Context) => Draft {
  return (node, context) => {
    const draft = judged(node, context)
    const before = nameOf(node) === '' ? quoteName(node.subname ?? '') : nameOf(node)
    const now = inSchemaOf(before, quoteName(node.newname ?? ''))
    return {
      ...draft,
      fails: whyThere(kind, now, context.world),
      learn: (known) => {
        draft.learn?.(known)
        knowNamed(known, kind, before, false)
        knowNamed(known, kind, now, true)
      },
    }
  }
}

// Nothing that a query of a release names.
function quietly(words: string): () => Draft {
  return () => ({ form: `rename ${words}` })
}

/** The attribute of a composite type, which queries name. */
function renameAttribute(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  const column = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  const why = `the attribute ${column} of the type ${table} is called ${newName} now`
  const harmsNobody = world.known.types.has(qualified(table)) || isUnused(world, table)
  return {
    ...lockOnly('rename attribute', table, 'ACCESS EXCLUSIVE'),
    names: { table, column, newName },
    ...(harmsNobody ? {} : { breaks: [{ what: 'object', why }] }),
  }
}

/** The tables that were made of a composite type have its attributes for columns. */
function typedWith({ renameType, relation }: RenameStmt, { world }: Context): Draft[] {
  if (renameType !== 'OBJECT_ATTRIBUTE') return []
  return typedTables(world, relationName(relation)).map((table) => ({
    ...lockOnly('rename attribute', table, 'ACCESS EXCLUSIVE'),
    breaks: [{ what: 'read', why: `a column of ${table} has another name` }],
  }))
}

/** What has no other name by which queries could reach it. */
function renameObject(
  words: string,
  nameIn: (node: RenameStmt) => string,
  isRelation: boolean,
): (node: RenameStmt, context: Context) => Draft {
  return (node, { world }) => {
    const name = nameIn(node)
    const newName = quoteName(node.newname ?? '')
    const form = `rename ${words}`
    const isNew = world.known.types.has(qualified(name)) || isNewRelation(world, name)
    return {
      ...(isRelation ? lockOnly(form, name, 'ACCESS EXCLUSIVE') : { form }),
      names: { table: name, newName, ...(words === 'type' ? knownLabels(name, world) : {}) },
      ...(isNew
        ? {}
        : { breaks: [{ what: 'object', why: `the ${words} ${name} is called ${newName} now` }] }),
      learn: (known) => {
        const labels = known.labels.get(qualified(name))
        if (labels !== undefined) known.labels.set(qualified(newName), labels)
        if (known.types.delete(qualified(name))) known.types.add(qualified(newName))
        else known.typesGone.add(qualified(name))
        if (known.relations.delete(qualified(name))) known.relations.add(qualified(newName))
        if (known.functions.delete(qualified(name)) || !isRelation) known.functionsGone.add(qualified(name))
      },
    }
  }
}

function renameColumn(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  const column = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  if (node.missing_ok === true && isAbsent(world, table)) return { form: 'rename column', names: { table } }
  const fails =
    whyAstray(world, table, column, newName) ??
    whyKept('rename', { world, table, column, whole: node.relation?.inh === true })
  const draft: Draft = {
    ...(fails === undefined ? {} : { fails }),
    form: 'rename column',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: {
      table,
      column,
      newName,
      ...knownType(world, table, column),
      parts: partsOf(world, table, column),
    },
    learn: () => moveColumn(world, table, column, newName),
  }
  if (isNewColumn(world, table, column) || isLaterName(world, table, column)) return draft
  const why = `the column ${table}.${column} is called ${newName} now`
  return { ...draft, breaks: (['read', 'insert', 'update'] as const).map((what) => ({ what, why })) }
}

/** Why there is no such column to be renamed, or no such name to be had. */
function whyAstray(world: World, table: string, column: string, newName: string): string | undefined {
  if (world.known.doubtful) return undefined
  if (isColumnAbsent(world, table, column)) return `${table} has no column ${column}`
  return findColumn(world, table, newName) ? `${table} already has a column ${newName}` : undefined
}

/** Whether the running release does not know the column by this name, which the pending migrations gave it. */
function isLaterName(world: World, table: string, column: string): boolean {
  const before = world.facts?.column?.(factsName(world, table), column)
  return before === null && world.known.columns.get(qualified(table))?.has(column) === true
}

function renameRelation(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  if (isAbsent(world, table)) return absent('table', table, node)
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
    ...whyTaken(newName, 'relation', world),
    learn: () => moveRelation(world, table, newName),
  }
  // Queries reach a partition through its partitioned table.
  const isPartition = world.facts?.relation?.(factsName(world, table))?.isPartition === true
  return isNew || isPartition || factsName(world, table) !== table
    ? draft
    : { ...draft, breaks: [{ what: 'read', why: `the table ${table} is called ${newName} now` }] }
}

function absent(kind: 'table' | 'index', table: string, { missing_ok: isMissingOk }: RenameStmt): Draft {
  const draft: Draft = { form: `rename ${kind}`, names: { table } }
  return isMissingOk === true ? draft : { ...draft, fails: `there is no ${kind} ${table}` }
}

function renameIndex(node: RenameStmt, { world }: Pick<Context, 'world'>): Draft {
  const index = relationName(node.relation)
  if (isAbsent(world, index)) return absent('index', index, node)
  const newName = quoteName(node.newname ?? '')
  const table = shortName(findIndex(world, index)?.table ?? index)
  // ALTER TABLE locks whatever it is given like a table.
  const mode = node.renameType === 'OBJECT_INDEX' ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
  return {
    ...lockIndex('rename index', index, table, mode),
    names: { table, index, newName },
    ...whyTaken(inSchemaOf(index, newName), 'relation', world),
    learn: () => {
      // A constraint has the name of its index.
      const constraint = baseName(index)
      if (findConstraint(world, table, constraint)) moveConstraint(world, table, constraint, newName)
      else moveIndex(world, index, inSchemaOf(index, newName))
    },
  }
}

// The index of a constraint is renamed with it.
function ofConstraint(node: RenameStmt, { world }: Context): Draft[] {
  if (node.renameType !== 'OBJECT_TABCONSTRAINT') return []
  const table = relationName(node.relation)
  const name = quoteName(node.subname ?? '')
  const form = 'rename constraint'
  return [
    ...lockIndexes(form, table, 'SHARE UPDATE EXCLUSIVE', world, (index) => isIndexOf(name, index)),
    ...heirs(node, world).map((child) => lockOnly(form, child, 'ACCESS EXCLUSIVE')),
  ]
}

/** The partitions and children whose constraint is renamed with it. */
function heirs({ relation, subname }: RenameStmt, world: World): readonly string[] {
  const table = relationName(relation)
  const constraint = findConstraint(world, table, quoteName(subname ?? ''))
  return constraint && isPassedOn(constraint) ? descendantsOf(world, table) : []
}

/** Why Postgres does not call the constraint so. */
function refusedName(node: RenameStmt, world: World): Pick<Draft, 'fails'> {
  const table = relationName(node.relation)
  const name = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  const fails = whyShared('rename', name, { table, whole: node.relation?.inh === true, world })
  if (fails !== undefined) return { fails }
  if (isConstraintAbsent(world, table, name)) return { fails: `${table} has no constraint ${name}` }
  const isTaken = Boolean(findConstraint(world, table, newName)) && !world.known.doubtful
  return isTaken ? { fails: `${table} already has a constraint ${newName}` } : {}
}

function renameConstraint(node: RenameStmt, { world }: Context): Draft {
  const table = relationName(node.relation)
  const constraint = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  return {
    form: 'rename constraint',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: { table, constraint, newName },
    ...refusedName(node, world),
    learn: () => {
      for (const one of [...heirs(node, world), table]) moveConstraint(world, one, constraint, newName)
    },
  }
}
