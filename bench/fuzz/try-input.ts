import { loadModule } from 'libpg-query'
import type { PendingMigration } from '../../src/migrations/types.ts'
import { buildCheckReport } from '../../src/report/check/build.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { redactReport } from '../../src/report/check/redact.ts'
import { createRedactor } from '../../src/report/redaction.ts'
import { codeFrameworks } from '../../src/safety/framework-code.ts'
import { acceptRisks } from '../../src/safety/accepted-risks.ts'
import { commentAllowances } from '../../src/safety/allowances.ts'
import { commitAllowances } from '../../src/safety/commit-message.ts'
import type { Judgement } from '../../src/safety/judgement.ts'
import { notKnownWithoutDatabase } from '../../src/safety/not-known.ts'
import { judge } from '../../src/safety/verdict.ts'
import { makeText } from './inputs.ts'
import type { Facts } from '../../src/postgres/facts.ts'
import { makeFacts } from './facts.ts'
import { assertForms } from './forms.ts'
import { createRandom, type Random } from './random.ts'
import { assertQuestions, assertRecipes, assertSound } from './sound.ts'
import { checkRandomTree } from './tree.ts'

/** Percent of the inputs that are trees of files: they cost the most. */
const trees = 3

/** Makes one input and takes it through the whole check and every form of its report. Throws what it finds. */
export async function tryInput(seed: number, index: number): Promise<void> {
  const random = createRandom(seed, index)
  if (random.chance(trees)) return checkRandomTree(random)
  const pending = migrationsOf(random)
  await loadModule()
  const facts = random.chance(40) ? undefined : makeFacts(random, texts(pending))
  const judgement = await judge(pending, facts, { lockBudget: random.below(2) })
  if (facts !== undefined) assertQuestions(judgement, facts)
  assertRecipes(judgement)
  const report = reportOf(pending, judgement, facts, random)
  assertSound(report)
  assertForms(report)
}

/** The text of an input, to look at. */
export function textOf(seed: number, index: number): string {
  const random = createRandom(seed, index)
  return random.chance(trees) ? 'a tree of files' : JSON.stringify(texts(migrationsOf(random)))
}

function migrationsOf(random: Random): PendingMigration[] {
  return Array.from({ length: 1 + random.below(2) }, (_, number) => migrationOf(random, number))
}

function migrationOf(random: Random, number: number): PendingMigration {
  return {
    id: String(number),
    name: 'fuzz',
    file: random.pick([`db/migrations/${number}_fuzz.sql`, `m/${number}\n::error::x%,\u001b[31m'"<b>.sql`]),
    sql: makeText(random),
    sqlLine: 1 + random.below(3),
    transaction: random.chance(50),
    singleQuery: random.chance(50),
    reverse: { available: false, sql: null, transaction: true },
  }
}

const texts = (pending: readonly PendingMigration[]): string[] => pending.map(({ sql }) => sql ?? '')

function reportOf(
  pending: readonly PendingMigration[],
  judgement: Judgement,
  facts: Facts | undefined,
  random: Random,
): CheckReport {
  const allowed = pending.flatMap((migration, index) => {
    const judged = judgement.migrations[index]
    return judged === undefined ? [] : [commentAllowances(migration, judged, migration.sql ?? '')]
  })
  const [message] = texts(pending)
  const { judgement: left, accounts } = acceptRisks(
    judgement,
    [
      ...allowed.flatMap(({ allowances }) => allowances),
      ...(random.chance(5) ? commitAllowances(`[allow-unsafe-migrations] ${message ?? ''}`, 'commit') : []),
    ],
    '2026-01-01',
  )
  const redactor = createRedactor()
  const report = buildCheckReport({
    app: random.pick([null, 'shop']),
    facts,
    prefix: random.pick(['', 'shop: 1, 2%/']),
    pending,
    judgement: left,
    accounts,
    tool: random.pick([null, ...codeFrameworks.map((framework) => ({ framework }))]),
    notKnown: notKnownWithoutDatabase(judgement),
    problems: allowed.flatMap(({ problems }) => problems),
    redactor,
  })
  return redactReport(report, redactor)
}
