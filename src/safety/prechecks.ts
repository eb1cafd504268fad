import type pg from 'pg'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'
import type { JudgedMigration, Judgement } from './judgement.ts'
import { questionsOf, type Question } from './precheck-questions.ts'
import { verdictOf, worst } from './verdict.ts'

export interface PrecheckOptions {
  /** Seconds for each question. Default 5. */
  readonly timeout?: number
}

/** What the data says to a question. */
export interface Answer extends Question {
  /** How many rows at least, up to 1000; null when it was not answered in time, or could not be asked. */
  readonly rows: number | null
}

const defaultTimeout = 5 // seconds
/** Counting further says nothing new. */
const enough = 1000

/**
 * The judgement with what the data itself says: a statement that its rows would make fail is unsafe, with their number; a question that
 * was not answered in time is noted. Only reads, each question in a transaction of its own with a time limit.
 */
export async function withPrechecks(
  client: pg.Client,
  judgement: Judgement,
  options: PrecheckOptions = {},
): Promise<Judgement> {
  const migrations: JudgedMigration[] = []
  const written = new Set<string>()
  for (const migration of judgement.migrations) {
    const findings: Finding[] = []
    for (const effect of migration.effects) {
      for (const question of questionsOf(effect)) {
        const answer = await ask(client, question, options.timeout ?? defaultTimeout)
        if (answer.rows !== 0)
          findings.push(toFinding(answer, effect, migration, written.has(effect.relation)))
      }
      if (writes(effect)) written.add(effect.relation)
    }
    const all = [...migration.findings, ...findings]
    migrations.push(
      findings.length === 0 ? migration : { ...migration, findings: all, verdict: verdictOf(all) },
    )
  }
  return { ...judgement, verdict: worst(migrations.map(({ verdict }) => verdict)), migrations }
}

/** Rows may be mended by then. */
function writes({ lock, form }: Effect): boolean {
  return lock === 'ROW EXCLUSIVE' && form !== 'delete'
}

async function ask(client: pg.Client, question: Question, timeout: number): Promise<Answer> {
  try {
    await client.query('begin read only')
    await client.query(
      `set local statement_timeout = ${Math.ceil(timeout * 1000)}; set local lock_timeout = '1s'`,
    )
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from (${question.sql} limit ${enough}) as found`,
    )
    return { ...question, rows: rows[0]?.count ?? null }
  } catch (error) {
    // The migrations themselves may make what is asked about: then there is nothing to count yet.
    return { ...question, rows: isMissing(error) ? 0 : null }
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

const missing = new Set(['42P01', '42703', '42883', '3F000'])

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && missing.has(String(error.code))
}

function toFinding(
  { rows, what, sql, table }: Answer,
  { statement }: Effect,
  { id, file }: JudgedMigration,
  mended: boolean,
): Finding {
  const place = { migration: id, file, location: statement.location, sql: statement.sql, recipe: null, table }
  if (rows === null) {
    const message = `Whether ${table} has ${what} was not answered in time. Ask it yourself: ${sql}`
    return { ...place, rule: 'precheck-not-answered', severity: 'note', message }
  }
  const number = rows >= enough ? `${enough} or more` : String(rows)
  const found = `${table} has ${what}: ${number}, counted now with ${sql}`
  return mended
    ? {
        ...place,
        rule: 'data-violates',
        severity: 'note',
        message: `It fails unless the statements before mend the data. ${found}`,
      }
    : { ...place, rule: 'data-violates', severity: 'unsafe', message: `It would fail. ${found}` }
}
