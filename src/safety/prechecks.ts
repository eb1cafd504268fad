import type pg from 'pg'
import { qualified, type Facts } from '../postgres/facts.ts'
import { ask, enough, type Answer } from './ask.ts'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'
import type { JudgedMigration, Judgement, Precheck } from './judgement.ts'
import type { JudgedStatement } from './parse.ts'
import { questionsOf, type Question } from './questions/questions.ts'
import { withCounts, type Counted } from './row-counts.ts'
import { verdictOf, worst } from './verdict.ts'

export interface PrecheckOptions {
  /** Seconds for each question. Default 5. */
  readonly timeout?: number
  /** Seconds for all of them together. Default 60. */
  readonly budget?: number
}

const defaults = { timeout: 5, budget: 60 }

/**
 * The judgement with what the data itself says: a statement that its rows would make fail is unsafe, with their number; one that changes
 * few rows is none that changes many; a question that was not answered in time is noted; and everything that was asked is listed. Only reads, each question in a transaction of its own with
 * a time limit. Throws PreconditionError when the database goes away.
 */
export async function withPrechecks(
  client: pg.Client,
  judgement: Judgement,
  facts: Facts,
  options: PrecheckOptions = {},
): Promise<Judgement> {
  const session = createSession(client, facts, { ...defaults, ...options })
  const migrations: JudgedMigration[] = []
  const prechecks: Precheck[] = []
  for (const migration of judgement.migrations) {
    const found = await askMigration(migration, session)
    const findings = [...withCounts(migration.findings, found.counted), ...found.findings]
    migrations.push({ ...migration, findings, verdict: verdictOf(findings) })
    prechecks.push(...found.prechecks)
  }
  const verdict = worst(migrations.map((migration) => migration.verdict))
  return { ...judgement, verdict, migrations, prechecks, unasked: session.unasked }
}

interface Session {
  readonly facts: Facts
  ask(question: Question): Promise<Answer | undefined>
  /** Tables whose rows the statements so far may have mended. */
  readonly written: Set<string>
  /** By their qualified names, what the statements so far were about, and the first statement that was. */
  readonly touched: Map<string, JudgedStatement>
  /** Whether something ran of which nobody knows what it wrote. */
  opaque: boolean
  /** Questions for which there was no time left. */
  unasked: number
}

function createSession(
  client: pg.Client,
  facts: Facts,
  { timeout, budget }: Required<PrecheckOptions>,
): Session {
  const end = Date.now() + budget * 1000
  const session: Session = {
    facts,
    written: new Set(),
    touched: new Map(),
    opaque: false,
    unasked: 0,
    ask: async (question) => {
      const left = (end - Date.now()) / 1000
      if (left > 0) return ask(client, question, Math.min(timeout, left))
      session.unasked++
      return undefined
    },
  }
  return session
}

interface Asked {
  readonly findings: readonly Finding[]
  readonly prechecks: readonly Precheck[]
  readonly counted: readonly Counted[]
}

async function askMigration(migration: JudgedMigration, session: Session): Promise<Asked> {
  const findings: Finding[] = []
  const prechecks: Precheck[] = []
  const counted: Counted[] = []
  // Statements that cannot be seen come before those that can.
  if (migration.effects.length === 0 && migration.verdict === 'unknown') session.opaque = true
  for (const effect of migration.effects) {
    for (const question of questionsOf({ effect, facts: session.facts })) {
      // What the statements before leave behind is not to be seen yet.
      if (question.areChanged === true && !isAsFound(effect, session)) continue
      const answer = await session.ask(question)
      if (answer === undefined) continue
      prechecks.push(toPrecheck(answer, migration))
      if (question.areChanged === true) {
        counted.push({ effect, answer })
        continue
      }
      const mended = session.opaque || session.written.has(effect.relation)
      if (answer.rows !== 0) findings.push(toFinding(answer, effect, migration, mended))
    }
    if (effect.unknown !== null) session.opaque = true
    if (effect.lock === 'ROW EXCLUSIVE') session.written.add(effect.relation)
    touch(effect, session)
  }
  return { findings, prechecks, counted }
}

function isAsFound({ relation, statement }: Effect, { touched, opaque }: Session): boolean {
  const first = touched.get(qualified(relation))
  return !opaque && (first === undefined || first === statement)
}

function touch({ statement, relation, names, creates, drops }: Effect, { touched }: Session): void {
  const things = [...creates, ...drops].map(({ name }) => name)
  for (const name of [relation, names.table, names.newName ?? '', ...things]) {
    const key = qualified(name)
    if (!touched.has(key)) touched.set(key, statement)
  }
}

function toPrecheck({ table, what, sql, rows, unanswered }: Answer, { id }: JudgedMigration): Precheck {
  return { migration: id, table, what, sql, rows, unanswered }
}

function toFinding(
  answer: Answer,
  { statement }: Effect,
  { id, file }: JudgedMigration,
  mended: boolean,
): Finding {
  const { table, what, sql, unanswered } = answer
  const place = { migration: id, file, location: statement.location, sql: statement.sql, recipe: null, table }
  if (unanswered !== null) {
    const message = `Whether ${table} has ${what} ${unanswered}. Ask it yourself: ${sql}`
    return { ...place, rule: 'precheck-not-answered', severity: 'note', message }
  }
  return mended
    ? {
        ...place,
        rule: 'data-violates',
        severity: 'note',
        message: `It fails unless the statements before mend the data. ${describe(answer)}`,
      }
    : { ...place, rule: 'data-violates', severity: 'unsafe', message: `It would fail. ${describe(answer)}` }
}

function describe({ table, what, sql, rows, stops }: Answer): string {
  if (stops !== null) return `${table} has ${what}: at least one, where ${stops}, found now with ${sql}`
  const number = rows !== null && rows >= enough ? `${enough} or more` : String(rows)
  return `${table} has ${what}: ${number}, counted now with ${sql}`
}
