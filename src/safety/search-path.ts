import type { Node, VariableSetStmt } from 'libpg-query'
import type { World } from './known.ts'
import { as, tagOf } from './nodes.ts'
import type { Statement } from './parse.ts'
import { commonNames, quoteName } from './sql-text.ts'

/** Where names without a schema are looked for, once a migration has set it. */
export interface SearchPath {
  /** As the parse tree has them: not quoted. */
  readonly schemas: readonly string[]
  /** The transaction with which it ends; null when it lasts. */
  readonly unit: number | null
}

/** The schemas that SET search_path adds; undefined when it sets nothing. */
export function schemasOf({ kind, args = [] }: VariableSetStmt): string[] | undefined {
  if (kind !== 'VAR_SET_VALUE') return undefined
  const names = args.map((arg) => as(arg, 'A_Const')?.sval?.sval ?? '')
  return names.filter((name) => name !== '' && !implied.has(name))
}

/** Postgres looks in pg_catalog unasked. Few roles have a schema of their own name: here as by default, none is taken to have one. */
const implied = new Set(['$user', 'pg_catalog'])

/** The statement with a schema before each name of a relation, a type or a function that the search path leads to. */
export function withSchemas(statement: Statement, world: World): Statement {
  const schemas = pathOf(statement, world)
  // A name without a schema means 'public'.
  if (schemas.length === 0 || (schemas.length === 1 && schemas[0] === 'public')) return statement
  const { node } = statement
  const common = commonNames(node)
  const places: Places = {
    relation: (name) => (common.has(quoteName(name)) ? undefined : placeOf(name, schemas, world)),
    type: (name) => schemas.find((schema) => hasType(inSchema(schema, name), world)),
    function: (name) => schemas.find((schema) => hasFunction(inSchema(schema, name), world)),
    made: made(node, schemas),
  }
  return { ...statement, node: qualify(dropped(node, places.relation), places) as Node }
}

function pathOf({ unit }: Statement, { known, facts }: World): readonly string[] {
  const path = known.searchPath
  const isOver = path === undefined || (path.unit !== null && path.unit !== unit)
  return isOver ? (facts?.searchPath ?? []) : path.schemas
}

type Place = (name: string) => string | undefined

/** By kind, the schema in which a name is found, where it is not to be left as it is. */
interface Places {
  readonly relation: Place
  readonly type: Place
  readonly function: Place
  /** What the statement makes. */
  readonly made: ReadonlyMap<unknown, string | undefined>
}

const inSchema = (schema: string, name: string) => `${quoteName(schema)}.${quoteName(name)}`

function hasType(name: string, { known, facts }: World): boolean {
  return (
    known.types.has(name) ||
    (facts?.type?.(name) ?? null) !== null ||
    (facts?.domain?.(name) ?? null) !== null
  )
}

function hasFunction(name: string, { known, facts }: World): boolean {
  return known.functions.has(name) || (facts?.functions?.(name) ?? []).length > 0
}

/** The schema that a name is found in; the first one when it is in none of them. */
function placeOf(name: string, schemas: readonly string[], { facts, known }: World): string | undefined {
  const found = schemas.find((schema) => {
    const whole = inSchema(schema, name)
    const before = facts?.relation?.(whole) ?? facts?.index?.(whole) ?? facts?.type?.(whole) ?? null
    return before !== null || known.relations.has(whole) || known.indexes.has(whole)
  })
  return found ?? (name.startsWith('pg_') ? undefined : schemas[0])
}

type Fields = Readonly<Record<string, unknown>>

/** What CREATE makes is in the first schema, whatever the others hold. */
function made(node: Node, [first]: readonly string[]): ReadonlyMap<unknown, string | undefined> {
  const relation =
    as(node, 'CreateStmt')?.relation ??
    as(node, 'ViewStmt')?.view ??
    as(node, 'CreateSeqStmt')?.sequence ??
    as(node, 'CreateTableAsStmt')?.into?.rel
  return new Map([[relation, first]])
}

function qualify(value: unknown, places: Places): unknown {
  if (Array.isArray(value)) return value.map((item) => qualify(item, places))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, qualify(inner, places)]),
  )
  for (const [key, kind] of Object.entries(listed))
    if (key in value) copy[key] = placed((value as Fields)[key], places[kind])
  const { relname, schemaname, relpersistence } = value as Fields
  if (typeof relname !== 'string' || schemaname !== undefined || relpersistence === 't') return copy
  const schema = places.made.has(value) ? places.made.get(value) : places.relation(relname)
  return schema === undefined || schema === 'public' ? copy : { ...copy, schemaname: schema }
}

/** Names that are lists of words, by their place in a node. */
const listed = { names: 'type', funcname: 'function', objname: 'function' } as const

function placed(words: unknown, place: Place): unknown {
  const [word, ...others] = Array.isArray(words) ? (words as Node[]) : []
  const name = as(word, 'String')?.sval
  const schema = name === undefined || others.length > 0 ? undefined : place(name)
  return schema === undefined || schema === 'public' ? words : [{ String: { sval: schema } }, word]
}

const ofTables = new Set(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY'])
const ofRelations = new Set([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
])

/** DROP has its names in lists of words. */
function dropped(node: Node, place: Place): Node {
  const drop = as(node, 'DropStmt')
  const kind = drop?.removeType ?? ''
  const length = ofRelations.has(kind) ? 1 : ofTables.has(kind) ? 2 : 0
  const objects = drop?.objects?.map((object) => {
    const items = as(object, 'List')?.items ?? []
    const schema = items.length === length ? place(as(items[0], 'String')?.sval ?? '') : undefined
    if (schema === undefined || schema === 'public') return object
    return { List: { items: [{ String: { sval: schema } }, ...items] } }
  })
  return drop === undefined ? node : ({ [tagOf(node)]: { ...drop, objects } } as unknown as Node)
}
