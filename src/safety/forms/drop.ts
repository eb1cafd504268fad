import type { DropStmt, ObjectType } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { descendantsOf, factsName, isNewRelation, referencingKeys, shortName } from '../known.ts'
import { forgetRelation } from '../renamed.ts'
import { objectName } from '../sql-text.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { dropIndexes } from './indexes.ts'
import { lockDescendants, lockIndexesOfWhole, lockKeyEnd, lockOnly, lockTriggered } from './locks.ts'
import { isAbsent } from './presence.ts'
import { isInherited, referencedBy } from './partition-keys.ts'
import { lockPartitioned } from './partitions.ts'
import { changePublication } from './publications.ts'
import { dropSchemas, type DropOne } from './schemas.ts'
import { dropSequence, lockOwnedSequences } from './sequences.ts'
import { dropCollation } from './drop-collation.ts'
import { dropReaders, readersOf } from './dropped-views.ts'
import { dropExtension } from './drop-extension.ts'
import { dropFunction } from './drop-function.ts'
import { anyFunction } from './replace-function.ts'
import { knowNamed } from './taken-names.ts'
import { dropFromTable } from './triggers.ts'
import { dropType } from './types.ts'
import { dropView } from './views.ts'

type Drop = (name: string, node: DropStmt, context: Context) => readonly Draft[]

/** What dropping one object of a kind takes from the running release. */
const each: Partial<Record<ObjectType, Drop>> = {
  OBJECT_TABLE: dropTable,
  OBJECT_FOREIGN_TABLE: dropTable,
  OBJECT_VIEW: dropViews('view'),
  OBJECT_MATVIEW: dropViews('materialized view'),
  OBJECT_SEQUENCE: (name, node, context) => dropSequence(name, cascades(node), context),
  OBJECT_TYPE: (name, node, context) => dropType(name, 'type', node, context),
  OBJECT_DOMAIN: (name, node, context) => dropType(name, 'domain', node, context),
  OBJECT_EXTENSION: dropExtension,
  OBJECT_FUNCTION: dropFunction('function'),
  OBJECT_PROCEDURE: dropFunction('procedure'),
  OBJECT_ROUTINE: dropFunction('routine'),
  OBJECT_AGGREGATE: dropFunction('aggregate'),
  OBJECT_STATISTIC_EXT: (name, _, { world }) => {
    const table = world.facts?.statistics?.(name) ?? undefined
    const learn: Draft['learn'] = (known) => knowNamed(known, 'statistics', name, false)
    return [
      table === undefined
        ? { form: 'drop statistics', learn }
        : { ...lockOnly('drop statistics', shortName(table), 'SHARE UPDATE EXCLUSIVE'), learn },
    ]
  },
  OBJECT_CAST: dropObject('cast'),
  OBJECT_COLLATION: dropCollation,
  OBJECT_CONVERSION: dropObject('conversion'),
  OBJECT_FDW: dropObject('foreign data wrapper'),
  OBJECT_FOREIGN_SERVER: dropObject('server'),
  OBJECT_LANGUAGE: dropObject('language'),
  OBJECT_OPERATOR: dropObject('operator'),
  OBJECT_OPCLASS: dropObject('operator class'),
  OBJECT_OPFAMILY: dropObject('operator family'),
  OBJECT_TRANSFORM: dropObject('transform'),
  OBJECT_TSCONFIGURATION: dropObject('text search configuration'),
  OBJECT_TSDICTIONARY: dropObject('text search dictionary'),
  OBJECT_TSPARSER: dropObject('text search parser'),
  OBJECT_TSTEMPLATE: dropObject('text search template'),
  // Nothing that a query of a release names.
  OBJECT_ACCESS_METHOD: () => [{ form: 'drop access method' }],
  OBJECT_PUBLICATION: (name) => [
    {
      form: 'drop publication',
      learn: (known) => {
        changePublication(name)?.(known)
        knowNamed(known, 'publication', name, false)
      },
    },
  ],
  OBJECT_EVENT_TRIGGER: () => [{ form: 'drop event trigger' }],
}

/** DROP of anything. */
export const drop: Form<'DropStmt'> = (node, context) => {
  const [first, ...others] = dropOf(node, context)
  const takesFunctions = cascades(node) || node.removeType === 'OBJECT_EXTENSION'
  if (first === undefined || !takesFunctions) return first === undefined ? [] : [first, ...others]
  const learn: Draft['learn'] = (known) => {
    first.learn?.(known)
    known.functionsGone.add(anyFunction)
  }
  return [{ ...first, learn }, ...others]
}

function dropOf(node: DropStmt, context: Context): readonly Draft[] {
  const { removeType } = node
  if (removeType === 'OBJECT_INDEX') return dropIndexes(node, context)
  if (removeType === 'OBJECT_TRIGGER') return dropFromTable('trigger', node, context)
  if (removeType === 'OBJECT_RULE') return dropFromTable('rule', node, context)
  if (removeType === 'OBJECT_POLICY') return dropFromTable('policy', node, context)
  if (removeType === 'OBJECT_SCHEMA') return dropSchemas(node, context, dropOneOf(node, context))
  const form = removeType === undefined ? undefined : each[removeType]
  const kind = String(removeType).replace('OBJECT_', '').replaceAll('_', ' ')
  if (form === undefined) return [unknown('drop other object', `DROP ${kind} is not judged`)]
  return names(node).flatMap((name) => form(name, node, context))
}

function dropOneOf(node: DropStmt, context: Context): DropOne {
  return (kind, name) =>
    each[kind]?.(
      name,
      { ...node, removeType: kind, objects: [], missing_ok: true, behavior: 'DROP_CASCADE' },
      context,
    ) ?? []
}

function names(node: DropStmt): string[] {
  return (node.objects ?? []).map(objectName)
}

function isGone(name: string, node: DropStmt, { world }: Context): boolean {
  return node.missing_ok === true && world.facts !== undefined && world.facts.bytes(name) === null
}

function cascades(node: DropStmt): boolean {
  return node.behavior === 'DROP_CASCADE'
}

function dropTable(table: string, node: DropStmt, context: Context): Draft[] {
  const { world } = context
  const form = 'drop table'
  const shared: Draft = {
    form,
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: { table },
    learn: () => {
      for (const child of descendantsOf(world, table)) forgetRelation(world, child)
      forgetRelation(world, table)
    },
  }
  if (isNewRelation(world, table)) return [shared]
  if (isGone(table, node, context)) return [{ form, names: { table } }]
  if (isAbsent(world, table)) return [{ form, names: { table }, fails: `there is no table ${table}` }]
  const others = cascades(node) ? ', and with CASCADE whatever depends on it' : ''
  // Queries reach a partition through its partitioned table, which stays.
  const isPartition = world.facts?.relation?.(factsName(world, table))?.isPartition === true
  const dropped: Draft = {
    ...shared,
    ...(isPartition ? {} : { breaks: [{ what: 'read', why: `the table ${table} no longer exists` }] }),
    loses: `the table ${table} with all its rows${others}`,
    reversible: 'no',
    drops: [{ kind: 'table', name: table }],
    ...needed(table, node, context),
  }
  return [
    dropped,
    ...lockDescendants(dropped, world),
    ...lockPartitioned(form, table, world),
    ...lockIndexesOfWhole(form, table, 'ACCESS EXCLUSIVE', world),
    ...dependents(table, node, context),
  ]
}

function dropsToo(node: DropStmt, table: string): boolean {
  return names(node).some((name) => qualified(name) === qualified(table))
}

/** The tables that inherit from a table and are no partitions of it. */
function heirsOf(table: string, { world }: Context): string[] {
  const isPartition = (child: string) => world.facts?.relation?.(child)?.isPartition === true
  const { dropped } = world.known
  return descendantsOf(world, table).filter((child) => !isPartition(child) && !dropped.has(qualified(child)))
}

/** Without CASCADE, Postgres refuses to drop what something else needs. */
function needed(table: string, node: DropStmt, context: Context): { fails?: string } {
  if (cascades(node)) return {}
  const [view] = readersOf(table, context.world).filter((one) => !dropsToo(node, one))
  if (view !== undefined) return { fails: `the view ${shortName(view)} reads ${table}` }
  const heir = heirsOf(table, context).find((child) => !dropsToo(node, child))
  if (heir !== undefined) return { fails: `${heir} inherits from ${table}` }
  const [key] = referencingKeys(context.world, table).filter((one) => !dropsToo(node, one.table))
  return key === undefined ? {} : { fails: `a foreign key of ${shortName(key.table)} points at ${table}` }
}

/** Foreign keys lock the table at their other end; sequences and, with CASCADE, views and keys go as well. */
function dependents(table: string, node: DropStmt, context: Context): Draft[] {
  const { world } = context
  const form = 'drop table'
  // The key of a partition is a part of its table's, which stays.
  const out = referencedBy(table, world, (key) => !isInherited(key))
  const back = cascades(node) ? referencingKeys(world, table).map((key) => shortName(key.table)) : []
  const others = [...new Set([...out.map(shortName), ...back])].filter(
    (other) => qualified(other) !== qualified(table),
  )
  return [
    ...others.flatMap((other) =>
      back.includes(other) ? lockKeyEnd(form, other, world) : lockTriggered(form, other, world),
    ),
    ...lockOwnedSequences(form, table, world),
    ...(cascades(node) ? dropReaders(readersOf(table, world), world) : []),
  ]
}

function dropViews(words: string): Drop {
  return (name, node, context) => {
    const form = `drop ${words}`
    const gone = isAbsent(context.world, name)
    if (gone && node.missing_ok === true) return [{ form, names: { table: name } }]
    if (gone) return [{ form, names: { table: name }, fails: `there is no ${words} ${name}` }]
    const readers = readersOf(name, context.world)
    const [reader] = readers.filter((view) => !dropsToo(node, view))
    const drafts = dropView(name, words, context)
    if (cascades(node)) return [...drafts, ...dropReaders(readers, context.world)]
    const fails = reader === undefined ? {} : { fails: `the view ${reader} reads ${name}` }
    return drafts.map((draft) => (draft.relation === name ? { ...draft, ...fails } : draft))
  }
}

/** What a query may use, and what else may need it. */
function dropObject(words: string): Drop {
  return (name, node) => {
    const named = name === '' ? `the ${words}` : `the ${words} ${name}`
    return [
      {
        form: `drop ${words}`,
        names: { table: name },
        breaks: [{ what: 'object', why: `${named} no longer exists` }],
        ...(cascades(node) ? { loses: `with CASCADE, whatever depends on ${named}` } : {}),
      },
    ]
  }
}
