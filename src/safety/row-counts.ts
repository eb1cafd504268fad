import { qualified, type Facts } from '../postgres/facts.ts'
import { enough, toPrecheck, type Answer, type Ask } from './ask.ts'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'
import { isUnseen, type JudgedMigration, type Judgement, type Precheck } from './judgement.ts'
import type { JudgedStatement } from './parse.ts'
import { changedRows } from './questions/changed-rows.ts'
import { cutValues } from './questions/cut-values.ts'
import type { Question } from './questions/question.ts'
import { verdictOf, worst } from './verdict.ts'

/**
 * The judgement without the doubt that counting ends: an UPDATE or DELETE that changes few rows does not change many, one that finds no
 * row loses none, and neither does a type that holds every value. What was counted is listed.
 */
export async function withRowCounts(judgement: Judgement, facts: Facts, ask: Ask): Promise<Judgement> {
  const past: Past = { facts, about: new Map(), isUnknown: false }
  const migrations: JudgedMigration[] = []
  const prechecks: Precheck[] = []
  for (const migration of judgement.migrations) {
    const counted = await countChanges(migration, past, ask)
    const byPlace = new Map<Finding['location'], Counted[]>()
    for (const one of counted) {
      const { location } = one.effect.statement
      byPlace.set(location, [...(byPlace.get(location) ?? []), one])
    }
    const findings = migration.findings.map((finding) => withCount(finding, byPlace))
    migrations.push({ ...migration, findings, verdict: verdictOf(findings) })
    prechecks.push(...counted.map(({ answer }) => toPrecheck(answer, migration.id)))
  }
  const verdict = worst(migrations.map((migration) => migration.verdict))
  return { ...judgement, verdict, migrations, prechecks: [...(judgement.prechecks ?? []), ...prechecks] }
}

/** How many rows a statement changes, as they were counted. */
interface Counted {
  readonly effect: Effect
  readonly answer: Answer
}

async function countChanges(migration: JudgedMigration, past: Past, ask: Ask): Promise<Counted[]> {
  const counted: Counted[] = []
  if (isUnseen(migration)) past.isUnknown = true
  for (const effect of migration.effects) {
    const question = isAsFound(effect, past) ? askRows(effect, past.facts) : undefined
    const answer = question && (await ask(question))
    // A condition that fails at a row fails in the statement as well.
    if (answer !== undefined && answer !== 'no time' && answer.stops === null)
      counted.push({ effect, answer })
    remember(effect, past)
  }
  return counted
}

function askRows(effect: Effect, facts: Facts): Question | undefined {
  return changedRows(effect, facts) ?? cutValues(effect, facts)
}

/** What the statements so far may have changed: nothing of it can be seen in the database yet. */
interface Past {
  readonly facts: Facts
  /** By qualified name, the first statement that had to do with it. */
  readonly about: Map<string, JudgedStatement>
  /** Whether they may have changed rows of which nobody knows. */
  isUnknown: boolean
}

/** Whether the table, and those that share its rows, are still as the database shows them. */
function isAsFound({ relation, statement, isNew }: Effect, { facts, about, isUnknown }: Past): boolean {
  if (isUnknown || isNew) return false
  return family(relation, facts).every((name) => [undefined, statement].includes(about.get(name)))
}

/** The table, its partitions and children, and what it is a partition or child of: qualified. */
function family(table: string, facts: Facts): string[] {
  const parents = facts.relation?.(table)?.parents ?? []
  const below = facts.descendants?.(table) ?? []
  return [qualified(table), ...below, ...parents.flatMap((parent) => family(parent, facts))]
}

function remember(effect: Effect, past: Past): void {
  const { statement, relation, names, creates, drops, lock, unknown } = effect
  const things = [...creates, ...drops].map(({ name }) => name)
  for (const name of [relation, names.table, names.newName ?? '', ...things].map(qualified)) {
    if (!past.about.has(name)) past.about.set(name, statement)
  }
  const isWrite = lock === 'ROW EXCLUSIVE' && past.facts.kind?.(relation) !== 'sequence'
  const hasNoTriggers = past.facts.relation?.(relation)?.triggers?.length === 0
  if (unknown !== null || (isWrite && !hasNoTriggers)) past.isUnknown = true
}

/** By rule, the number of rows from which on it speaks. */
const mostRows: Readonly<Record<string, number>> = {
  'change-many-rows': enough,
  'lose-rows': 1,
  'cut-values': 1,
}

function withCount(finding: Finding, byPlace: ReadonlyMap<Finding['location'], readonly Counted[]>): Finding {
  const found = byPlace.get(finding.location)?.find(({ effect }) => isAbout(finding, effect))
  const rows = found?.answer.rows ?? null
  const most = mostRows[finding.rule] ?? 0
  if (found === undefined || rows === null || rows >= most) return finding
  return { ...finding, severity: 'note', message: message(found, rows), recipe: null }
}

/** One ALTER TABLE can change the types of several columns: each has a finding of its own. */
function isAbout({ rule, table, clause }: Finding, { form, relation, clause: own }: Effect): boolean {
  return table === relation && clause === own && (rule === 'cut-values') === (form === 'change type')
}

function message({ effect: { form, names }, answer: { table, sql } }: Counted, rows: number): string {
  if (form === 'change type')
    return `It rounds or cuts no value of ${table}.${String(names.column)}, counted now with ${sql}`
  const verb = form === 'delete' ? 'removes' : 'changes'
  const number = rows === 0 ? 'no row' : rows === 1 ? 'one row' : `${rows} rows`
  return `It ${verb} ${number} of ${table}, counted now with ${sql}`
}
