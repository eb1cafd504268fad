import { createFacts } from '../../src/postgres/fact-lookups.ts'
import type {
  CatalogRows,
  ConstraintFacts,
  Facts,
  RelationFacts,
  RelationKind,
  TableColumn,
  TableConstraint,
  TypeFacts,
} from '../../src/postgres/facts.ts'
import { qualified } from '../../src/postgres/names.ts'
import { quoteName } from '../../src/safety/sql-text.ts'
import { isOneStatement } from './one-statement.ts'
import type { Random } from './random.ts'

/**
 * What a database could say of itself, about the very names that the texts use, so that every question of the judgement meets answers: also
 * such as no Postgres would give together.
 */
export function makeFacts(random: Random, texts: readonly string[]): Facts {
  const names = namesIn(texts)
  const some = <Item>(most: number, make: () => Item): Item[] =>
    names.length === 0 ? [] : Array.from({ length: random.below(most) }, make)
  const name = (): string => random.pick(names)
  const snippet = (): string => {
    const text = random.pick(texts)
    const start = random.below(text.length + 1)
    return text.slice(start, start + random.below(60))
  }
  const make: Makers = { random, name, table: () => qualified(name()), snippet }
  return createFacts({
    relations: some(12, () => relation(make)),
    columns: some(20, () => column(make)),
    constraints: some(12, () => constraint(make)),
    indexes: some(8, () => index(make)),
    server: server(make, some),
    upserts: random.chance(50)
      ? null
      : some(4, () => `insert into ${name()} values ($1) on conflict do nothing`),
  })
}

/** Words that may be names, as SQL writes them. */
function namesIn(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => text.slice(0, 5000).match(/"(?:[^"]|""){1,80}"|\b[a-z_]\w*/g) ?? [])
  // No name holds a NUL.
  const possible = found.filter((name) => !name.includes('\0'))
  // The catalogs tell a reserved word in quotes.
  return [...new Set(possible)].slice(0, 200).map((name) => (name.startsWith('"') ? name : quoteName(name)))
}

interface Makers {
  readonly random: Random
  readonly name: () => string
  readonly table: () => string
  /** A piece of the texts themselves, whatever it is. */
  readonly snippet: () => string
}

/** What the catalogs print is SQL without comments, whatever it says: a text that goes on from `before`, or else the usual one. */
function printed(before: string, text: string, usual: string): string {
  return isOneStatement(`${before} ${text}`) && !/;|--|\/\*/.test(text) ? text : usual
}

const kinds: readonly RelationKind[] = [
  'table',
  'table',
  'table',
  'partitioned table',
  'view',
  'materialized view',
  'foreign table',
  'sequence',
  'composite type',
]

function relation({ random, table, snippet }: Makers): RelationFacts {
  const sometimes = <Value>(value: Value): Value | null => (random.chance(50) ? value : null)
  return {
    name: table(),
    kind: random.pick(kinds),
    definition: random.pick([
      null,
      `select * from ${table()}`,
      `select 1 as a, ${table()}.* from ${table()} where ${snippet()}`,
      snippet(),
    ]),
    hasRules: random.chance(20),
    rows: random.pick([null, 0, 1e7]),
    bytes: random.pick([0, 8192, 1e9]),
    indexBytes: random.pick([0, 1e9]),
    // Never in a ring: the catalogs have none.
    parents: [],
    isPartition: random.chance(20),
    bound: random.pick([null, 'DEFAULT', 'FOR VALUES FROM (0) TO (600)', snippet()]),
    partitionKey: random.pick([null, 'RANGE (a)', 'LIST (lower(a))', snippet()]),
    owner: random.pick(['app', '"odd ""owner"']),
    rowSecurity: random.chance(50),
    unlogged: random.chance(50),
    accessMethod: sometimes('heap'),
    ofType: sometimes('public.pair'),
    lastAnalyze: sometimes(new Date(0)),
    writes: random.below(1000),
    writesSinceAnalyze: random.below(1000),
  }
}

function column({ random, table, name }: Makers): TableColumn {
  return {
    table: table(),
    name: name(),
    type: random.pick(['integer', 'text', 'character varying(20)', 'numeric(10,2)', 'integer[]', name()]),
    notNull: random.chance(50),
    hasDefault: random.chance(50),
    ...(random.chance(70) ? { typeName: random.pick(['pg_catalog.int4', table()]) } : {}),
    collation: random.pick([null, '"C"']),
    identity: random.pick([null, 'always', 'by default']),
    generated: random.pick([null, 'stored', 'virtual']),
    views: random.chance(20) ? [table()] : [],
    sequence: random.chance(20) ? table() : null,
    ownsSequence: random.chance(50),
  }
}

const constraintKinds: readonly ConstraintFacts['kind'][] = [
  'check',
  'foreign key',
  'primary key',
  'unique',
  'exclude',
  'not null',
  'other',
]

function constraint({ random, table, name, snippet }: Makers): TableConstraint {
  const usual = `CHECK ((${name()} IS NOT NULL))`
  return {
    table: table(),
    name: name(),
    kind: random.pick(constraintKinds),
    validated: random.chance(50),
    columns: [name()],
    definition: printed(
      'ALTER TABLE t ADD CONSTRAINT c',
      random.pick([`CHECK (${snippet()})`, snippet()]),
      usual,
    ),
    references: random.pick([null, table()]),
    referencedColumns: random.pick([null, [name()]]),
    inherited: random.chance(20),
    changesOnDelete: random.chance(20),
  }
}

function index({ random, table, name, snippet }: Makers): CatalogRows['indexes'][number] {
  const usual = `CREATE INDEX i ON t USING btree (${name()})`
  return {
    table: table(),
    name: table(),
    unique: random.chance(50),
    columns: [random.pick([null, name()])],
    uses: [name()],
    isPrimary: random.chance(20),
    valid: random.chance(80),
    ofConstraint: random.chance(30),
    partial: random.chance(20),
    parent: random.pick([null, table()]),
    definition: printed('', `CREATE INDEX i ON t USING btree (${snippet()})`, usual),
  }
}

function server(
  { random, table, name, snippet }: Makers,
  some: <Item>(most: number, make: () => Item) => Item[],
) {
  return {
    version: 13 + random.below(6),
    timeZone: random.pick(['UTC', 'Europe/Berlin']),
    searchPath: random.pick([['public'], ['public', 'ext'], ['app', 'public'], []]),
    countedFor: random.pick([null, 0, 3600]),
    now: new Date(1e12),
    isStandby: false,
    isReadOnly: false,
    openTransactions: random.below(3),
    oldestTransaction: random.pick([null, 4000]),
    replicas: some(2, () => ({
      name: snippet(),
      state: random.pick([null, 'streaming']),
      lag: random.pick([null, 0.5]),
      behind: random.pick([null, 1e6]),
      isStandby: random.pick([null, true, false]),
    })),
    types: some(6, (): TypeFacts => ({
      name: table(),
      kind: random.pick(['enum', 'domain', 'composite', 'range', 'base']),
      extension: null,
      labels: random.pick([null, ['sad', "it's"]]),
      base: random.pick([null, 'integer']),
      constrained: random.chance(50),
      constraints: [name()],
      definitions: random.pick([[], [snippet()], ['CHECK ((VALUE > 0))']]),
    })),
    functions: some(6, () => ({
      name: random.pick([table(), 'lower', 'now']),
      volatile: random.chance(50),
      language: random.pick(['sql', 'plpgsql', 'c']),
      body: random.pick([null, 'select 1', snippet()]),
      extension: null,
      builtin: random.chance(50),
    })),
    sameBits: [['character varying', 'text']] as const,
    statistics: {},
    databases: ['app'],
    roles: some(2, name),
    publications: some(2, name),
    extensions: {},
    schemas: {},
    statementsView: null,
  }
}
