import type { CommentStmt, Node, RangeVar } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { Thing } from '../effect.ts'
import { findIndex, isKind, isNewRelation, shortName, type World } from '../known.ts'
import type { Tag } from '../nodes.ts'
import { allOf, as, strings } from '../nodes.ts'
import { moveRelation } from '../renamed.ts'
import { baseName, listName, objectName, quoteName, relationName } from '../sql-text.ts'
import { judgeNodes } from './code-block.ts'
import { labelsOf } from './default-values.ts'
import type { Context, Draft, Form } from './form.ts'
import { lockIndex, lockOnly, lockPartitions } from './locks.ts'
import { isOn } from './options.ts'
import { anyRelation, isColumnAbsent, whyTaken } from './presence.ts'
import { isTaken, knowNamed, whyThere } from './taken-names.ts'
import { refusedAbsent } from './refused-writes.ts'
import { lockOwnedSequences } from './sequences.ts'

/** A statement that makes something new and touches no table. */
function creates<T extends Tag>(
  form: string,
  kind: Thing['kind'],
  name: (node: Parameters<Form<T>>[0]) => string,
): Form<T> {
  return (node, { world }) => {
    const created = name(node)
    const { if_not_exists: isOptional = false } = node as { if_not_exists?: boolean }
    const isRelation = kind === 'sequence' || kind === 'table'
    const taken =
      kind === 'extension'
        ? { fails: whyThere('extension', created, world) }
        : isRelation || kind === 'type'
          ? whyTaken(created, isRelation ? 'relation' : 'type', world)
          : {}
    return [
      {
        form,
        creates: [{ kind, name: created }],
        fails: isOptional ? undefined : taken.fails,
        learn: (known) => {
          if (kind === 'extension') {
            known.doubted.add(qualified(anyRelation))
            knowNamed(known, 'extension', created, true)
          }
          if (kind === 'type') known.types.add(qualified(created))
          if (kind === 'sequence' || kind === 'table') known.relations.add(qualified(created))
        },
      },
    ]
  }
}

const createBareEnum = creates<'CreateEnumStmt'>('create type', 'type', ({ typeName }) => listName(typeName))

export const createEnum: Form<'CreateEnumStmt'> = (node, context) => {
  const type = listName(node.typeName)
  const labels = strings(node.vals)
  return createBareEnum(node, context).map((draft) => ({
    ...draft,
    names: { table: type, labels },
    learn: (known) => {
      draft.learn?.(known)
      known.labels.set(qualified(type), new Set(labels))
    },
  }))
}

const createBareComposite = creates<'CompositeTypeStmt'>('create type', 'type', ({ typevar }) =>
  relationName(typevar),
)

export const createComposite: Form<'CompositeTypeStmt'> = (node, context) => {
  const columns = allOf(node.coldeflist, 'ColumnDef').map(({ colname = '' }) => quoteName(colname))
  const twice = columns.find((one, index) => columns.indexOf(one) !== index)
  const drafts = createBareComposite(node, context)
  if (twice === undefined) return drafts
  return drafts.map((draft) => ({
    ...draft,
    fails: `${relationName(node.typevar)} would have two columns ${twice}`,
  }))
}

export const createSequence = creates<'CreateSeqStmt'>('create sequence', 'sequence', ({ sequence }) =>
  relationName(sequence),
)
export const createExtension = creates<'CreateExtensionStmt'>(
  'create extension',
  'extension',
  ({ extname }) => quoteName(extname ?? ''),
)

export const createForeignTable = creates<'CreateForeignTableStmt'>(
  'create foreign table',
  'table',
  ({ base }) => relationName(base?.relation),
)
export const createRange = creates<'CreateRangeStmt'>('create type', 'type', ({ typeName }) =>
  listName(typeName),
)

/** CREATE SCHEMA may bring its own statements along: what they make is in it. */
export const createSchema: Form<'CreateSchemaStmt'> = (
  { schemaname, authrole, schemaElts = [], if_not_exists: isOptional = false },
  context,
) => {
  const schema = schemaname ?? authrole?.rolename
  const name = quoteName(schema ?? '')
  const made: Draft = {
    form: 'create schema',
    creates: [{ kind: 'schema', name }],
    fails: schema === undefined || isOptional ? undefined : whyThere('schema', name, context.world),
    learn: (known) => knowNamed(known, 'schema', name, true),
  }
  const inner = schemaElts.map((element) => (schema === undefined ? element : inSchema(element, schema)))
  return [made, ...judgeNodes(inner, context.statement.sql, context)]
}

/** The statement with the name of the schema before the name of what it makes. */
function inSchema(element: Node, schemaname: string): Node {
  const [[tag, statement] = ['', {}]] = Object.entries(element) as [string, Record<string, RangeVar>][]
  const place = ['relation', 'view', 'sequence'].find((key) => key in statement)
  const relation = place === undefined ? undefined : statement[place]
  if (place === undefined || relation?.schemaname !== undefined) return element
  return { [tag]: { ...statement, [place]: { ...relation, schemaname } } } as unknown as Node
}

/** What makes something that no query of the running release uses yet, or is nobody's business but its own. */
export function harmless<T extends Tag>(form: string): Form<T> {
  return () => [{ form }]
}

/** The same, for what refuses to run in a transaction. */
export function alone<T extends Tag>(form: string): Form<T> {
  return () => [{ form, refusesTransaction: true }]
}

/** DROP DATABASE: with all that is in it. Nobody runs it in the database itself, but others may be there. */
export const dropDatabase: Form<'DropdbStmt'> = ({ dbname, missing_ok: isMissingOk }, { world }) => {
  const name = quoteName(dbname ?? '')
  const shared: Draft = { form: 'drop database', names: { table: name }, refusesTransaction: true }
  if (world.facts?.databases?.includes(name) === false)
    return [isMissingOk === true ? shared : { ...shared, fails: `there is no database ${name}` }]
  return [{ ...shared, reversible: 'no', loses: `the database ${name} with all that is in it` }]
}

/** CREATE STATISTICS: a weak lock that readers and writers do not notice. */
export const createStatistics: Form<'CreateStatsStmt'> = (
  { relations, defnames, if_not_exists: isOptional = false },
  { world },
) => {
  const name = listName(defnames)
  return allOf(relations, 'RangeVar').map((relation) => ({
    ...lockOnly('create statistics', relationName(relation), 'SHARE UPDATE EXCLUSIVE'),
    // Postgres makes up a name where there is none.
    fails: name === '' || isOptional ? undefined : whyThere('statistics', name, world),
    learn: (known) => knowNamed(known, 'statistics', name, true),
  }))
}

export const alterStatistics: Form<'AlterStatsStmt'> = ({ defnames, missing_ok: isMissingOk }, { world }) => {
  const name = listName(defnames)
  const form = 'alter statistics'
  const missing = isTaken('statistics', name, world) === false && isMissingOk !== true
  return [missing ? { form, fails: `there are no statistics ${name}` } : { form }]
}

/** ALTER ... SET SCHEMA: queries that find the relation by its schema or by the search path no longer do. */
export const setSchema: Form<'AlterObjectSchemaStmt'> = (
  { relation, newschema, objectType, object },
  { world },
) => {
  const name = relation === undefined ? objectName(object) : relationName(relation)
  const newName = `${quoteName(newschema ?? '')}.${baseName(name)}`
  const form = 'set schema'
  const isNew = isNewRelation(world, name) || world.known.types.has(qualified(name))
  const stays = qualified(name) === newName
  const breaks = isNew || stays ? [] : [{ what: 'read' as const, why: `${name} is called ${newName} now` }]
  if (relation === undefined) {
    const learn: Draft['learn'] = (known) => void (stays || known.typesGone.add(qualified(name)))
    return [{ form, names: { table: name, newName }, breaks, learn }]
  }
  const owned = objectType === 'OBJECT_TABLE' ? lockOwnedSequences(form, name, world) : []
  return [
    {
      ...lockOnly(form, name, 'ACCESS EXCLUSIVE'),
      names: { table: name, newName },
      breaks,
      ...(stays ? {} : { learn: () => moveRelation(world, name, newName) }),
    },
    ...owned.map((sequence) => (breaks.length > 0 ? movesAlong(sequence, newschema ?? '') : sequence)),
  ]
}

/** The sequence of a column goes where the table goes: whoever asks it for a number by its name no longer finds it. */
function movesAlong(moved: Draft, schema: string): Draft {
  const { relation: sequence = '' } = moved
  const why = `the sequence ${sequence} is called ${quoteName(schema)}.${baseName(sequence)} now`
  return { ...moved, breaks: [{ what: 'object', why }] }
}

const commented = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
])

/** COMMENT ON. */
export const comment: Form<'CommentStmt'> = (node, context) => annotate('comment', node, context)

/** SECURITY LABEL. */
export const securityLabel: Form<'SecLabelStmt'> = (node, context) =>
  annotate('security label', node, context)

/** What is said of a relation or a column takes a weak lock that readers and writers do not notice. */
function annotate(
  form: string,
  { object, objtype }: Pick<CommentStmt, 'object' | 'objtype'>,
  { world }: Context,
): Draft[] {
  const items = as(object, 'List')?.items
  const name = listName(objtype === 'OBJECT_COLUMN' ? items?.slice(0, -1) : items)
  const mode = 'SHARE UPDATE EXCLUSIVE'
  if (objtype === 'OBJECT_INDEX') {
    const table = shortName(findIndex(world, name)?.table ?? name)
    return [{ ...lockIndex(form, name, table, mode), ...refusedAbsent(name, world) }]
  }
  const isRelation = objtype === 'OBJECT_COLUMN' || commented.has(String(objtype))
  if (!isRelation) return [{ form }]
  const column = quoteName(strings(items).at(-1) ?? '')
  const isMissing = objtype === 'OBJECT_COLUMN' && isColumnAbsent(world, name, column)
  const refused = isMissing ? { fails: `${name} has no column ${column}` } : refusedAbsent(name, world)
  return [{ ...lockOnly(form, name, mode), ...refused }]
}

/** ALTER TYPE ... ADD VALUE: no lock, but the label is only usable after the commit; RENAME VALUE breaks the old one. */
export const alterEnum: Form<'AlterEnumStmt'> = (
  { typeName, oldVal, newVal, newValNeighbor: neighbor, skipIfNewValExists: skipIfExists = false },
  { world },
) => {
  const type = listName(typeName)
  const isNew = world.known.types.has(qualified(type))
  const learn: Draft['learn'] = ({ labels }) => {
    labels.set(qualified(type), (labels.get(qualified(type)) ?? new Set()).add(newVal ?? ''))
  }
  if (oldVal === undefined) {
    const labels = labelsOf(type, world)
    const taken = labels?.has(newVal ?? '') === true
    const astray = neighbor !== undefined && labels?.has(neighbor) === false && !taken
    const fails = (astray || (taken && !skipIfExists)) && !world.known.doubtful
    const why = astray
      ? `${type} has no label '${neighbor}'`
      : `${type} already has the label '${String(newVal)}'`
    return [
      {
        form: 'add enum label',
        names: { type, table: type },
        reversible: 'no',
        ...(fails ? { fails: why } : {}),
        learn,
      },
    ]
  }
  const why = `the label '${oldVal}' of ${type} is called '${String(newVal)}' now`
  return [
    {
      form: 'rename enum label',
      names: { type, table: type, newName: newVal ?? '' },
      breaks: isNew ? [] : [{ what: 'object', why }],
      learn,
    },
  ]
}

/** What is meant when no table is named. */
function everyTable({ facts }: World, full: boolean): readonly (string | undefined)[] {
  const kinds = ['table', 'partitioned table', ...(full ? ['materialized view'] : [])]
  const tables = [...(facts?.relations?.() ?? [])].filter(({ kind }) => kinds.includes(kind))
  return tables.length === 0 ? [undefined] : tables.map(({ name }) => shortName(name))
}

/** ANALYZE and VACUUM: both leave readers and writers alone; VACUUM FULL does not. */
export const vacuum: Form<'VacuumStmt'> = (node, { world }) => {
  const full = isOn(node.options, 'full')
  const isVacuum = node.is_vacuumcmd === true
  const tables = (node.rels ?? []).map((relation) => relationName(as(relation, 'VacuumRelation')?.relation))
  const targets = tables.length > 0 ? tables : everyTable(world, full)
  if (full && targets.includes(undefined))
    return [{ form: 'vacuum full', unknown: 'it rewrites every table', refusesTransaction: true }]
  return targets.flatMap((table) => {
    const draft: Draft = {
      form: full ? 'vacuum full' : isVacuum ? 'vacuum' : 'analyze',
      ...(table === undefined ? {} : { relation: table, names: { table } }),
      lock: full ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE',
      work: full && !isKind(world, table ?? '', 'partitioned table') ? 'rewrite' : 'nothing',
      refusesTransaction: isVacuum,
      ...(table === undefined ? {} : refusedAbsent(table, world)),
    }
    return [draft, ...lockPartitions(draft, world)]
  })
}
