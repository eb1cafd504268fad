import { createHash } from 'node:crypto'
import type pg from 'pg'
import { readCatalogs } from './catalog-transaction.ts'
import { catalogQueries, type CatalogQuery } from './catalog.ts'

/** One object of a schema, in words that do not depend on how it came to be. */
export interface SchemaObject {
  /** 'table', 'column', 'index', 'constraint', ... */
  readonly kind: string
  /** Qualified and quoted where SQL needs it: 'public.items', 'public.items.note'. */
  readonly name: string
  /** The table that it is a part of, or null. */
  readonly parent: string | null
  readonly definition: string
}

/** All user schemas of a database: objects in a fixed order. Owners, privileges, comments and positions of sequences are left out. */
export interface Schema {
  readonly objects: readonly SchemaObject[]
}

export interface ReadSchemaOptions {
  /** Tables to leave out with all their parts, such as the framework's own history: 'schema_migrations' or 'public.schema_migrations'. */
  readonly ignore?: readonly string[]
}

/** Reads the schema from the catalogs, in one read-only transaction of its own; never reads a user's table. */
export async function readSchema(client: pg.Client, options: ReadSchemaOptions = {}): Promise<Schema> {
  return readCatalogs(client, '', async () => {
    const objects: SchemaObject[] = []
    for (const query of catalogQueries) objects.push(...(await readKind(client, query)))
    return { objects: objects.filter(outside(options.ignore ?? [])).sort(byKindAndName) }
  })
}

interface Row {
  readonly name: string
  readonly parent: string | null
  readonly kind?: string
  readonly definition: string | null
}

async function readKind(client: pg.Client, query: CatalogQuery): Promise<SchemaObject[]> {
  const { rows } = await client.query<Row>(query.sql)
  return rows.map(({ name, parent, kind, definition }) => ({
    kind: kind ?? query.kind,
    name,
    parent,
    definition: (definition ?? '').trim(),
  }))
}

function outside(ignored: readonly string[]): (object: SchemaObject) => boolean {
  const names = new Set(ignored.map((name) => (name.includes('.') ? name : `public.${name}`)))
  return ({ name, parent }) => !names.has(parent ?? name)
}

function byKindAndName(a: SchemaObject, b: SchemaObject): number {
  return compare(a.kind, b.kind) || compare(a.name, b.name)
}

// Not localeCompare: the order is part of the fingerprint and must be the same on every machine.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A SHA-256, in hexadecimal: equal for equal schemas. */
export function fingerprint(schema: Schema): string {
  const hash = createHash('sha256')
  for (const object of schema.objects)
    hash.update(JSON.stringify([object.kind, object.name, object.definition]))
  return hash.digest('hex')
}

/**
 * What changed, one line per object: '+ column public.items.note text', '- table public.x'. An object that changed is two lines.
 * The parts of a table that came or went as a whole are not listed.
 */
export function schemaDifference(before: Schema, after: Schema): string[] {
  const removed = missing(before, after)
  const added = missing(after, before)
  return [...lines('-', removed, [...removed, ...added]), ...lines('+', added, [...removed, ...added])]
}

function missing(from: Schema, other: Schema): SchemaObject[] {
  const known = new Set(other.objects.map(line))
  return from.objects.filter((object) => !known.has(line(object)))
}

function line({ kind, name, definition }: SchemaObject): string {
  return `${kind} ${name} ${definition}`.trimEnd()
}

function lines(sign: string, objects: readonly SchemaObject[], all: readonly SchemaObject[]): string[] {
  const whole = new Set(objects.filter(({ parent }) => parent === null).map(({ name }) => name))
  const tablesWithColumns = new Set(all.filter(({ kind }) => kind === 'column').map(({ parent }) => parent))
  return objects
    .filter(({ parent }) => parent === null || !whole.has(parent))
    .filter(({ kind, parent }) => kind !== 'column order' || !tablesWithColumns.has(parent))
    .map((object) => `${sign} ${line(object)}`)
}
