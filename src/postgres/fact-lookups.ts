import type { CatalogRows, Facts, RelationFacts, TableColumn } from './facts.ts'
import { qualified, withoutNeedlessQuotes } from './names.ts'

/** Makes the rows of the catalogs answer by name. */
export function createFacts(given: CatalogRows): Facts {
  const rows = withPlainNames(given)
  const { version, timeZone } = rows.server
  const { searchPath } = given.server
  return {
    version,
    timeZone,
    searchPath,
    server: rows.server,
    databases: rows.server.databases,
    roles: rows.server.roles,
    publications: rows.server.publications,
    schema: (name) => entryOf(rows.server.schemas, name),
    ...relationLookups(rows),
    ...columnLookups(rows.columns),
    ...constraintLookups(rows),
    ...typeLookups(rows.server),
  }
}

/** What is no name, or is SQL: it stays as Postgres wrote it. */
const texts = new Set([
  'definition',
  'definitions',
  'defaultValue',
  'type',
  'base',
  'bound',
  'partitionKey',
  'body',
  'labels',
  'collation',
  'arguments',
  'description',
  'upserts',
])

// Most of what is read needs no change, and there is much of it: only what changes is copied.
function withPlainNames<T>(value: T): T {
  if (typeof value === 'string') return withoutNeedlessQuotes(value) as T
  if (typeof value !== 'object' || value === null) return value
  const changed = Object.entries(value).flatMap(([key, before]: [string, unknown]) => {
    const after = texts.has(key) ? before : withPlainNames(before)
    return after === before ? [] : [[key, after] as const]
  })
  if (changed.length === 0) return value
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...value }
  return Object.assign(copy, Object.fromEntries(changed)) as T
}

/** What a record has under a name that somebody chose: 'constructor' is one as any other. */
function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

type Lookups<K extends keyof Facts> = Pick<Facts, K>

function relationLookups({ relations, indexes, server, upserts }: CatalogRows) {
  const byName = new Map(relations.map((relation) => [relation.name, relation]))
  const children = grouped(relations, ({ parents }) => parents)
  const index = new Map(indexes.map((one) => [one.name, one]))
  const indexesOf = grouped(indexes, ({ table }) => [table])
  const upserted = upserts === null ? null : new Set(upserts.flatMap(insertedTable))
  const find = (name: string) => byName.get(qualified(name)) ?? null
  const partsOf = ({ name, kind }: RelationFacts) =>
    kind === 'partitioned table' ? descendants(name, children).flatMap((child) => find(child) ?? []) : []
  return {
    rows: (table) => find(table)?.rows ?? sumOfParts(find(table), partsOf, ({ rows }) => rows),
    bytes: (table) => find(table)?.bytes ?? null,
    kind: (relation) => find(relation)?.kind ?? null,
    relation: find,
    relations: () => relations,
    descendants: (table) => descendants(qualified(table), children),
    writesPerSecond: (table) => sumOfParts(find(table), partsOf, (part) => writeRate(part, server)),
    index: (name) => index.get(qualified(name)) ?? null,
    indexes: (table) => indexesOf.get(qualified(table)) ?? [],
    statistics: (name) => entryOf(server.statistics, qualified(name)) ?? null,
    upserts: (table) => upserted?.has(qualified(table)),
  } satisfies Partial<Facts>
}

/** The sum over the partitions of a partitioned table, or what a table itself has; null when a part is not known. */
function sumOfParts(
  relation: RelationFacts | null,
  partsOf: (relation: RelationFacts) => readonly RelationFacts[],
  valueOf: (part: RelationFacts) => number | null,
): number | null {
  if (relation === null) return null
  const parts = relation.kind === 'partitioned table' ? partsOf(relation) : [relation]
  const values = parts.filter(({ kind }) => kind !== 'partitioned table').map(valueOf)
  return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
}

/** Seconds without which a rate says nothing. */
const shortestWindow = 60

function writeRate(
  { writes, writesSinceAnalyze, lastAnalyze }: RelationFacts,
  { now, countedFor }: CatalogRows['server'],
): number | null {
  const sinceAnalyze = lastAnalyze === null ? 0 : (now.getTime() - lastAnalyze.getTime()) / 1000
  if (sinceAnalyze >= shortestWindow) return writesSinceAnalyze / sinceAnalyze
  return countedFor !== null && countedFor >= shortestWindow ? writes / countedFor : null
}

function descendants(table: string, children: ReadonlyMap<string, readonly RelationFacts[]>): string[] {
  return (children.get(table) ?? []).flatMap(({ name }) => [name, ...descendants(name, children)])
}

// pg_stat_statements keeps the text with placeholders: 'INSERT INTO items (a) VALUES ($1) ON CONFLICT ...'.
function insertedTable(query: string): string[] {
  const name = /\binsert\s+into\s+((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?)/i.exec(
    query,
  )?.[1]
  return name === undefined ? [] : [qualified(plainQuotes(name))]
}

function plainQuotes(name: string): string {
  return name.replace(/\s+/g, '').replace(/"([a-z_][a-z0-9_$]*)"/g, '$1')
}

function columnLookups(all: readonly TableColumn[]) {
  const byName = new Map(all.map((column) => [`${column.table}.${column.name}`, column]))
  const byTable = grouped(all, ({ table }) => [table])
  const byType = grouped(all, ({ typeName }) => (typeName === undefined ? [] : [typeName]))
  const bySequence = grouped(all, ({ sequence }) => (sequence ? [sequence] : []))
  return {
    column: (table, column) => byName.get(`${qualified(table)}.${column}`) ?? null,
    columns: (table) => byTable.get(qualified(table)) ?? [],
    columnsOfType: (type) => byType.get(qualified(type)) ?? [],
    numberedBy: (sequence) => bySequence.get(qualified(sequence)) ?? [],
  } satisfies Partial<Facts>
}

function constraintLookups({
  constraints,
}: CatalogRows): Lookups<'constraint' | 'constraints' | 'referencing'> {
  const byTable = grouped(constraints, ({ table }) => [table])
  const byReferenced = grouped(constraints, ({ references }) => (references ? [references] : []))
  return {
    constraint: (table, name) => byTable.get(qualified(table))?.find((one) => one.name === name) ?? null,
    constraints: (table) => byTable.get(qualified(table)) ?? [],
    referencing: (table) => byReferenced.get(qualified(table)) ?? [],
  }
}

function typeLookups({ types, functions, sameBits, extensions }: CatalogRows['server']) {
  const byName = new Map(types.map((type) => [type.name, type]))
  const builtin = new Map(
    functions.filter((one) => one.builtin).map(({ name, volatile }) => [name, volatile]),
  )
  // A function is found by its name alone as well: the search path may lead to another schema.
  const made = functions.filter((one) => !one.builtin)
  const own = grouped(made, ({ name }) => [name, name.replace(/^("(?:[^"]|"")+"|[^".]+)\./, '')])
  const same = new Set(sameBits.map(([from, to]) => `${from} ${to}`))
  const find = (type: string) => byName.get(qualified(type)) ?? null
  return {
    type: find,
    types: () => types,
    hasExtension: (extension) => entryOf(extensions, extension) !== undefined,
    usesOfExtension: (extension) => entryOf(extensions, extension) ?? [],
    domain: (type) => {
      const found = find(type)
      return found?.kind === 'domain' ? found : null
    },
    allFunctions: () => made,
    functions: (name) => own.get(qualified(name)) ?? own.get(name) ?? [],
    isVolatileBuiltin: (name) => builtin.get(name),
    hasSameBits: (from, to) => same.has(`${from} ${to}`),
  } satisfies Partial<Facts>
}

function grouped<R>(rows: readonly R[], keys: (row: R) => readonly string[]): Map<string, R[]> {
  const groups = new Map<string, R[]>()
  for (const row of rows) {
    for (const key of keys(row)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [row])
      else group.push(row)
    }
  }
  return groups
}
