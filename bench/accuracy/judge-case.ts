import type pg from 'pg'
import { readFacts, type Facts } from '../../src/postgres/facts.ts'
import { lockModes, type Effect, type LockMode } from '../../src/safety/effect.ts'
import { judge } from '../../src/safety/verdict.ts'
import { lockMode, type Case } from './case.ts'
import { pendingCase } from './pending-case.ts'

/** What a case and the judgement say of the same things, and whether they agree. */
export interface Comparison {
  readonly case: Case
  /** Null when the schema could not be made on this server: the words of Postgres. */
  readonly failure: string | null
  readonly unsafe: { readonly expected: boolean; readonly judged: boolean }
  readonly differences: Readonly<Record<Measure, string | null>>
  /** The rules and reasons behind the verdict, for people who look at a disagreement. */
  readonly reasons: readonly string[]
}

export const measures = ['locks', 'index locks', 'rewrite', 'scan', 'breaks'] as const
export type Measure = (typeof measures)[number]

/** What is asked of the database once for all cases of one schema. */
export interface Schema {
  readonly facts: Facts
  readonly indexes: ReadonlySet<string>
}

export async function readSchema(client: pg.Client): Promise<Schema> {
  const facts = await readFacts(client)
  const { rows } = await client.query<{ name: string }>(
    `select case n.nspname when 'public' then c.relname else n.nspname || '.' || c.relname end as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('i', 'I')`,
  )
  return { facts, indexes: new Set(rows.map(({ name }) => name)) }
}

/** Judges one case as if every table were large: what matters is what the statement does, not how small the example is. */
export async function compare(given: Case, { facts, indexes }: Schema): Promise<Comparison> {
  const version = given.truth.executed_on ?? facts.version
  const large: Facts = {
    ...facts,
    ...(version === undefined ? {} : { version }),
    rows: (table) => (holdsRows(facts, table) ? 1e6 : facts.rows(table)),
    bytes: (table) => (holdsRows(facts, table) ? 1e9 : facts.bytes(table)),
  }
  const { verdict, migrations } = await judge([pendingCase(given)], large)
  const effects = migrations.flatMap((migration) => migration.effects)
  const findings = migrations.flatMap((migration) => migration.findings)
  return {
    case: given,
    failure: null,
    unsafe: { expected: given.truth.unsafe, judged: verdict !== 'safe' },
    differences: differences(given, effects, indexes),
    reasons: findings
      .filter(({ severity }) => severity !== 'note')
      .map(({ rule, message }) => `${rule}: ${message}`),
  }
}

function holdsRows(facts: Facts, relation: string): boolean {
  return facts.bytes(relation) !== null && facts.kind?.(relation) !== 'view'
}

function differences({ truth }: Case, effects: readonly Effect[], indexes: ReadonlySet<string>) {
  // Of a statement that failed nothing is left to compare.
  const compared = truth.outcome === 'ok'
  const expected = Object.entries(truth.locks).map(([relation, name]) => [relation, lockMode(name)] as const)
  const judged = effects.flatMap(({ relation, lock }) => (lock === null ? [] : [[relation, lock] as const]))
  const tables = (locks: readonly Held[]) => locks.filter(([name]) => !indexes.has(plain(name)))
  const ofIndexes = (locks: readonly Held[]) => locks.filter(([name]) => indexes.has(plain(name)))
  const different = (a: string, b: string) => (compared && a !== b ? `expected ${a}, judged ${b}` : null)
  return {
    locks: different(describe(tables(expected), 'ROW SHARE'), describe(tables(judged), 'ROW SHARE')),
    'index locks': different(
      describe(ofIndexes(expected), 'SHARE UPDATE EXCLUSIVE'),
      describe(ofIndexes(judged), 'SHARE UPDATE EXCLUSIVE'),
    ),
    rewrite: different(String(truth.rewrite), String(effects.some(({ rewrites }) => rewrites))),
    scan: different(String(truth.scan), String(effects.some(({ scans }) => scans))),
    breaks: different(String(truth.breaks_old_code), String(effects.some(breaksQueries))),
  }
}

type Held = readonly [relation: string, lock: LockMode]

// The cases count what becomes of ON CONFLICT apart from the other queries.
function breaksQueries({ breaks }: Effect): boolean {
  return breaks.some(({ what }) => what !== 'on conflict')
}

/** The strongest lock of each relation, from `weakest` up. Tables of TOAST go with their tables. */
function describe(locks: readonly Held[], weakest: LockMode): string {
  const strongest = new Map<string, number>()
  for (const [relation, lock] of locks) {
    const rank = lockModes.indexOf(lock)
    const name = plain(relation)
    if (rank < lockModes.indexOf(weakest) || name === '' || name.startsWith('toast of ')) continue
    strongest.set(name, Math.max(rank, strongest.get(name) ?? 0))
  }
  const parts = [...strongest].sort().map(([name, rank]) => `${name}: ${lockModes[rank] ?? ''}`)
  return parts.length > 0 ? parts.join(', ') : 'none'
}

function plain(relation: string): string {
  return relation.replace(/^public\./, '').replaceAll('"', '')
}
