import { qualified } from '../../postgres/facts.ts'
import type { Thing } from '../effect.ts'
import { isNewRelation } from '../known.ts'
import type { Tag } from '../nodes.ts'
import { as } from '../nodes.ts'
import { listName, quoteName, relationName } from '../sql-text.ts'
import type { Form } from './form.ts'

/** A statement that makes something new and touches no table. */
function creates<T extends Tag>(
  form: string,
  kind: Thing['kind'],
  name: (node: Parameters<Form<T>>[0]) => string,
): Form<T> {
  return (node) => {
    const created = name(node)
    return [
      {
        form,
        creates: [{ kind, name: created }],
        learn: (known) => {
          if (kind === 'type') known.types.add(qualified(created))
          if (kind === 'sequence') known.relations.add(qualified(created))
        },
      },
    ]
  }
}

export const createEnum = creates<'CreateEnumStmt'>('create type', 'type', ({ typeName }) =>
  listName(typeName),
)
export const createComposite = creates<'CompositeTypeStmt'>('create type', 'type', ({ typevar }) =>
  relationName(typevar),
)
export const createSequence = creates<'CreateSeqStmt'>('create sequence', 'sequence', ({ sequence }) =>
  relationName(sequence),
)
export const createExtension = creates<'CreateExtensionStmt'>(
  'create extension',
  'extension',
  ({ extname }) => quoteName(extname ?? ''),
)

/** CREATE SCHEMA may bring its own statements along: those are not judged. */
export const createSchema: Form<'CreateSchemaStmt'> = ({ schemaname, schemaElts }) => {
  const name = quoteName(schemaname ?? '')
  const inner = (schemaElts ?? []).length > 0
  const created = [{ kind: 'schema', name }] as const
  return [
    {
      form: 'create schema',
      creates: created,
      ...(inner ? { unknown: 'the statements inside it are not judged' } : {}),
    },
  ]
}

/** CREATE FUNCTION: no lock; with OR REPLACE, what it does for the running release changes at once. */
export const createFunction: Form<'CreateFunctionStmt'> = ({ funcname, replace }) => {
  const name = listName(funcname)
  return [
    {
      form: replace === true ? 'replace function' : 'create function',
      names: { table: name },
      creates: [{ kind: 'function', name }],
    },
  ]
}

export const createView: Form<'ViewStmt'> = (node, { world }) => {
  const name = relationName(node.view)
  const replaces = node.replace === true && !isNewRelation(world, name)
  return [
    {
      form: replaces ? 'replace view' : 'create view',
      relation: name,
      ...(replaces ? { lock: 'ACCESS EXCLUSIVE' as const } : {}),
      names: { table: name, ...mirrored(node.query) },
      creates: [{ kind: 'view', name }],
      learn: (known) => {
        if (!replaces) known.relations.add(qualified(name))
      },
    },
  ]
}

/** The table that a view shows as it is: SELECT * FROM table, and nothing more. Postgres lets such a view be written to. */
function mirrored(query: Parameters<typeof as>[0]): { referenced?: string } {
  const select = as(query, 'SelectStmt')
  const [from, ...others] = select?.fromClause ?? []
  const [target, ...targets] = select?.targetList ?? []
  const fields = as(as(as(target, 'ResTarget')?.val, 'ColumnRef')?.fields?.[0], 'A_Star')
  const table = as(from, 'RangeVar')
  const plain =
    select?.whereClause === undefined && select?.limitCount === undefined && select?.groupClause === undefined
  const simple = others.length === 0 && targets.length === 0 && fields !== undefined && plain
  return simple && table !== undefined ? { referenced: relationName(table) } : {}
}

/** COMMENT ON: on a table or column, a weak lock that readers and writers do not notice. */
export const comment: Form<'CommentStmt'> = ({ object, objtype }) => {
  const items = as(object, 'List')?.items
  const isColumn = objtype === 'OBJECT_COLUMN'
  if (items === undefined || !(isColumn || objtype === 'OBJECT_TABLE')) return [{ form: 'comment' }]
  const relation = listName(isColumn ? items.slice(0, -1) : items)
  return [{ form: 'comment', relation, lock: 'SHARE UPDATE EXCLUSIVE', names: { table: relation } }]
}

/** ALTER TYPE ... ADD VALUE: no lock, but the label is only usable after the commit; RENAME VALUE breaks the old one. */
export const alterEnum: Form<'AlterEnumStmt'> = ({ typeName, oldVal, newVal }, { world }) => {
  const type = listName(typeName)
  const isNew = world.known.types.has(qualified(type))
  if (oldVal === undefined)
    return [{ form: 'add enum label', names: { type, table: type }, reversible: 'no' }]
  const why = `the label '${oldVal}' of ${type} is called '${String(newVal)}' now`
  return [
    {
      form: 'rename enum label',
      names: { type, table: type },
      breaks: isNew ? [] : [{ what: 'object', why }],
    },
  ]
}

/** CREATE TRIGGER: a short lock that stops writers; from then on old writes do more than before. */
export const createTrigger: Form<'CreateTrigStmt'> = ({ relation, trigname }) => [
  {
    form: 'create trigger',
    relation: relationName(relation),
    lock: 'SHARE ROW EXCLUSIVE',
    names: { table: relationName(relation), constraint: quoteName(trigname ?? '') },
  },
]

/** GRANT takes nothing from anybody; REVOKE may. */
export const grant: Form<'GrantStmt'> = ({ is_grant: isGrant }) =>
  isGrant === true
    ? [{ form: 'grant' }]
    : [{ form: 'revoke', unknown: 'what the running release needs of these privileges is not known' }]

/** ANALYZE and VACUUM: both leave readers and writers alone; VACUUM FULL does not. */
export const vacuum: Form<'VacuumStmt'> = (node) => {
  const full = (node.options ?? []).some((option) => as(option, 'DefElem')?.defname === 'full')
  const isVacuum = node.is_vacuumcmd === true
  const tables = (node.rels ?? []).map((relation) => relationName(as(relation, 'VacuumRelation')?.relation))
  const targets = tables.length > 0 ? tables : [undefined]
  if (full && tables.length === 0)
    return [{ form: 'vacuum full', unknown: 'it rewrites every table', refusesTransaction: true }]
  return targets.map((table) => ({
    form: full ? 'vacuum full' : isVacuum ? 'vacuum' : 'analyze',
    ...(table === undefined ? {} : { relation: table, names: { table } }),
    lock: full ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE',
    work: full ? 'rewrite' : 'nothing',
    refusesTransaction: isVacuum,
  }))
}
