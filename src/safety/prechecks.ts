import type pg from 'pg'
import { qualified, type Facts } from '../postgres/facts.ts'
import { createAsk, enough, toPrecheck, type Answer, type Ask, type AskOptions } from './ask.ts'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'
import { isUnseen, type JudgedMigration, type Judgement, type Precheck } from './judgement.ts'
import { questionsOf } from './questions/questions.ts'
import { withRowCounts } from './row-counts.ts'
import { verdictOf, worst } from './verdict.ts'

const defaults = { timeout: 5, budget: 60 }

/**
 * The judgement with what the data itself says: whether the rows of the target fit, and how many of them are changed. What was asked is
 * listed. Only reads, each question in a transaction of its own with a time limit: by default 5 s, and 60 s for all of them. Throws
 * PreconditionError when the database goes away.
 */
export async function withPrechecks(
  client: pg.Client,
  judgement: Judgement,
  facts: Facts,
  options: Partial<AskOptions> = {},
): Promise<Judgement> {
  const ask = createAsk(client, { ...defaults, ...options })
  return withRowCounts(await withViolators(judgement, facts, ask), facts, ask)
}

/** A statement that its rows would make fail is unsafe, with their number; a question that was not answered in time is noted. */
async function withViolators(judgement: Judgement, facts: Facts, ask: Ask): Promise<Judgement> {
  const session: Session = { facts, ask, written: new Set(), renamed: new Set(), opaque: false, unasked: 0 }
  const migrations: JudgedMigration[] = []
  const prechecks: Precheck[] = []
  for (const migration of judgement.migrations) {
    const found = await askMigration(migration, session)
    const findings = [...migration.findings, ...found.findings]
    migrations.push({ ...migration, findings, verdict: verdictOf(findings) })
    prechecks.push(...found.prechecks)
  }
  const verdict = worst(migrations.map((migration) => migration.verdict))
  return { ...judgement, verdict, migrations, prechecks, unasked: session.unasked }
}

interface Session {
  readonly facts: Facts
  readonly ask: Ask
  /** Tables whose rows the statements so far may have mended. */
  readonly written: Set<string>
  /** Tables that have another name by then than now, or of which a column has. */
  readonly renamed: Set<string>
  /** Whether something ran of which nobody knows what it wrote. */
  opaque: boolean
  /** Questions for which there was no time left. */
  unasked: number
}

interface Asked {
  readonly findings: readonly Finding[]
  readonly prechecks: readonly Precheck[]
}

async function askMigration(migration: JudgedMigration, session: Session): Promise<Asked> {
  const findings: Finding[] = []
  const prechecks: Precheck[] = []
  if (isUnseen(migration)) session.opaque = true
  for (const effect of migration.effects) {
    for (const question of questionsOf({ effect, facts: session.facts })) {
      const answer = await session.ask(question)
      if (answer === 'no time') session.unasked++
      if (answer === undefined && session.renamed.has(qualified(effect.relation)))
        findings.push(toFinding({ ...question, ...afterRename }, effect, migration, false))
      if (answer === undefined || answer === 'no time') continue
      prechecks.push(toPrecheck(answer, migration.id))
      const mended = session.opaque || session.written.has(effect.relation)
      if (answer.rows !== 0) findings.push(toFinding(answer, effect, migration, mended))
    }
    if (effect.unknown !== null) session.opaque = true
    if (effect.form === 'rename column') session.renamed.add(qualified(effect.relation))
    if (effect.form === 'rename table') session.renamed.add(qualified(effect.names.newName ?? ''))
    if (effect.lock === 'ROW EXCLUSIVE') session.written.add(effect.relation)
  }
  return { findings, prechecks }
}

/** A question in names that the data does not have yet. */
const afterRename = {
  rows: null,
  unanswered: 'was not asked: a statement before it renames what this is about',
  stops: null,
}

function toFinding(
  answer: Answer,
  { statement: { location, sql: text }, clause }: Effect,
  { id, file }: JudgedMigration,
  mended: boolean,
): Finding {
  const { table, what, sql, unanswered } = answer
  const place = { migration: id, file, location, sql: text, clause, recipe: null, table }
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
