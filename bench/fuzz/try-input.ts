import type { PendingMigration } from '../../src/migrations/types.ts'
import { buildCheckReport } from '../../src/report/check/build.ts'
import { checkForms } from '../../src/report/check/forms.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { acceptRisks } from '../../src/safety/accepted-risks.ts'
import { commentAllowances } from '../../src/safety/allowances.ts'
import { notKnownWithoutDatabase } from '../../src/safety/not-known.ts'
import { judge } from '../../src/safety/verdict.ts'
import { makeText } from './inputs.ts'
import { createRandom, type Random } from './random.ts'
import { checkRandomTree } from './tree.ts'

/** Percent of the inputs that are trees of files: they cost the most. */
const trees = 3

/** Makes one input and takes it through the whole check and every form of its report. Throws what it finds. */
export async function tryInput(seed: number, index: number): Promise<void> {
  const random = createRandom(seed, index)
  if (random.chance(trees)) return checkRandomTree(random)
  const pending = Array.from({ length: 1 + random.below(2) }, (_, number) => migrationOf(random, number))
  const report = await reportOf(pending, random)
  for (const form of Object.values(checkForms)) form(report)
  assertSound(report)
}

/** The text of an input, to look at. */
export function textOf(seed: number, index: number): string {
  const random = createRandom(seed, index)
  return random.chance(trees) ? 'a tree of files' : JSON.stringify(migrationOf(random, 0).sql)
}

function migrationOf(random: Random, number: number): PendingMigration {
  return {
    id: String(number),
    name: 'fuzz',
    file: `db/migrations/${number}_fuzz.sql`,
    sql: makeText(random),
    sqlLine: 1 + random.below(3),
    transaction: random.chance(50),
    singleQuery: random.chance(50),
    reverse: { available: false, sql: null, transaction: true },
  }
}

async function reportOf(pending: readonly PendingMigration[], random: Random): Promise<CheckReport> {
  const facts = random.chance(50)
    ? undefined
    : { bytes: () => random.pick([null, 0, 1e9]), rows: () => random.pick([null, 0, 1e7]) }
  const judgement = await judge(pending, facts, { lockBudget: random.below(2) })
  const allowed = pending.flatMap((migration, index) => {
    const judged = judgement.migrations[index]
    return judged === undefined ? [] : [commentAllowances(migration, judged, migration.sql ?? '')]
  })
  const accepted = acceptRisks(
    judgement,
    allowed.flatMap(({ allowances }) => allowances),
    '2026-01-01',
  )
  return buildCheckReport({
    app: null,
    database: false,
    prefix: '',
    pending,
    ...accepted,
    notKnown: notKnownWithoutDatabase(judgement),
    problems: allowed.flatMap(({ problems }) => problems),
  })
}

/** What must hold of any report. */
function assertSound({ verdict, migrations }: CheckReport): void {
  for (const { findings } of migrations) {
    // Only the depth of the nesting is a reason to give up; any other error is a defect that hides behind the careful answer.
    const gaveUp = findings.find(
      ({ rule, message }) => rule === 'not-judged' && message.includes('to be judged:'),
    )
    if (gaveUp !== undefined && !/call stack/.test(gaveUp.message)) throw new Error(gaveUp.message)
  }
  const refused = migrations.some((migration) => migration.verdict !== 'safe')
  if (refused !== (verdict !== 'safe')) throw new Error(`The whole is ${verdict}, and its parts are not.`)
}
