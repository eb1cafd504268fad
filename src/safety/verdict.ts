import { takesTooLong } from '../migrations/parser-cost.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { Facts } from '../postgres/facts.ts'
import { effectsOf, type OpenTransaction } from './effects.ts'
import type { Effect } from './effect.ts'
import { refuses, type Finding, type Severity } from './finding.ts'
import { sizeNote } from './size-words.ts'
import type { Sizes } from './sizes.ts'
import type { JudgedMigration, Judgement, Phase, Verdict } from './judgement.ts'
import { createWorld, type World } from './known.ts'
import { loadParser, parseMigration, type ParsedMigration, type Statement } from './parse.ts'
import { violationsOf, type Violation } from './rules.ts'
import { placeFindings } from './transactions.ts'

export interface JudgeOptions {
  /** Seconds that a statement may hold up the traffic and still be safe. Default 0: only empty tables are. */
  readonly lockBudget?: number
}

/**
 * Judges pending migrations in their order, each in the world that the ones before it leave behind. Facts of the target sharpen
 * the judgement; without them a doubt counts against the migration. Never throws for what a migration says.
 */
export async function judge(
  pending: Iterable<PendingMigration> | AsyncIterable<PendingMigration>,
  facts?: Facts,
  options: JudgeOptions = {},
): Promise<Judgement> {
  await loadParser()
  const world = createWorld(facts)
  const sizes = { facts, lockBudget: options.lockBudget }
  const migrations: JudgedMigration[] = []
  const transaction: OpenTransaction = {}
  for await (const migration of pending) {
    if (migration.joins !== true) delete transaction.held
    migrations.push(judgeMigration(migration, world, sizes, transaction))
  }
  return { verdict: worst(migrations.map(({ verdict }) => verdict)), migrations }
}

/** Whether the release before these migrations works on the schema after them. */
export function survivable(migrations: readonly JudgedMigration[]): boolean {
  return migrations.every(({ phase, verdict }) => phase === 'expand' && verdict !== 'unknown')
}

function judgeMigration(
  migration: PendingMigration,
  world: World,
  sizes: Sizes,
  transaction: OpenTransaction,
): JudgedMigration {
  const { id, name, file, searchPath } = migration
  if (searchPath !== undefined) world.known.searchPath = { schemas: searchPath, unit: null }
  const { statements, error, effects, failure } = understand(migration, world, transaction)
  const findings = onePerCause(
    opaque(migration).concat(
      failure === null ? [] : [wholeMigration(migration, 'not-judged', failure)],
      error === null ? [] : [notAccepted(migration, error)],
      placeFindings(migration, statements),
      effects.flatMap((effect) => findingsOf(effect, migration, sizes)),
    ),
  )
  const verdict = verdictOf(findings)
  return { id, name, file, verdict, phase: phaseOf(effects, verdict), findings, effects }
}

/** A statement that has the same to say of several relations says it once. */
function onePerCause(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings
  const said = new Set<string>()
  return findings.filter(({ rule, message, location }) => {
    const cause = `${String(location?.offset)} ${rule} ${message}`
    return !said.has(cause) && said.add(cause)
  })
}

interface Understood {
  readonly statements: readonly Statement[]
  readonly effects: readonly Effect[]
  readonly error: ParsedMigration['error']
  /** Why it could not be read at all: a sentence. */
  readonly failure: string | null
}

/** Characters of SQL: the tree of more than that can be too large for the memory of a small machine. */
const longest = 4_000_000

/** Text that is nested too deep, or too long, must not take the judgement of the others with it. */
function understand(migration: PendingMigration, world: World, transaction: OpenTransaction): Understood {
  if (migration.sql === null) world.known.doubtful = true
  if ((migration.sql?.length ?? 0) > longest) {
    const failure = 'It has more than 4 million characters: that is too long to be judged. Split it.'
    return { statements: [], error: null, effects: [], failure }
  }
  if (takesTooLong(migration.sql ?? '')) {
    const failure =
      "It has rows of operators or comments in comments that take Postgres' own parser too long."
    return { statements: [], error: null, effects: [], failure }
  }
  try {
    const { statements, error } = parseMigration(migration)
    return { statements, error, effects: effectsOf(statements, world, transaction), failure: null }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const failure = `It is nested too deep or too long to be judged: ${why}.`
    return { statements: [], error: null, effects: [], failure }
  }
}

const withoutRunning = 'What it does cannot be known without running it.'

function opaque(migration: PendingMigration): Finding[] {
  if (migration.sql !== null) return []
  return [wholeMigration(migration, 'not-judged', migration.opaque ?? withoutRunning)]
}

function notAccepted(
  migration: PendingMigration,
  { message, location }: NonNullable<ParsedMigration['error']>,
): Finding {
  return wholeMigration(migration, 'syntax-error', `Postgres does not accept it: ${message}.`, location)
}

function wholeMigration(
  { id, file }: PendingMigration,
  rule: string,
  message: string,
  location: Finding['location'] = null,
): Finding {
  return { rule, severity: 'unknown', migration: id, file, location, sql: null, message, recipe: null }
}

function findingsOf(effect: Effect, { id, file }: PendingMigration, sizes: Sizes): Finding[] {
  const { location, sql } = effect.statement
  const { clause } = effect
  return violationsOf(effect, sizes).map((violation) => {
    const { rule, severity, recipe } = violation
    const message = waiting.has(violation.hazard)
      ? withSize(violation.message, effect, sizes)
      : violation.message
    const table = effect.relation === '' ? {} : { table: effect.relation }
    return { rule: rule.id, severity, migration: id, file, location, sql, clause, message, recipe, ...table }
  })
}

function withSize(message: string, { relation, sources }: Effect, sizes: Sizes): string {
  const notes = [relation, ...sources].map((one) => sizeNote(one, sizes))
  return [message, ...notes].filter((part) => part !== '').join(' ')
}

const waiting = new Set<Violation['hazard']>(['blocks', 'prolongs', 'row locks', 'blocks briefly'])

/** The verdict that findings come to. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  return worst(findings.filter(refuses).map(({ severity }) => severity))
}

/** Unsafe, then unknown, then safe. */
export function worst(verdicts: readonly (Verdict | Severity)[]): Verdict {
  if (verdicts.includes('unsafe')) return 'unsafe'
  return verdicts.includes('unknown') ? 'unknown' : 'safe'
}

// What cannot be told may break the running release as well: it is not expand.
function phaseOf(effects: readonly Effect[], verdict: Verdict): Phase {
  const doubtful = verdict === 'unknown' || effects.some(({ unknown }) => unknown !== null)
  const changes = effects.some(({ breaks, loses }) => breaks.length > 0 || loses !== null)
  return doubtful || changes ? 'contract' : 'expand'
}
