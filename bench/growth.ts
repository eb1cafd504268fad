import { performance } from 'node:perf_hooks'
import type { PendingMigration } from '../src/migrations/types.ts'
import { buildCheckReport } from '../src/report/check/build.ts'
import { checkForms } from '../src/report/check/forms.ts'
import { redactReport } from '../src/report/check/redact.ts'
import { createRedactor } from '../src/report/redaction.ts'
import { acceptRisks } from '../src/safety/accepted-risks.ts'
import { commentAllowances } from '../src/safety/allowances.ts'
import { judge } from '../src/safety/verdict.ts'

/** How much more there is of everything the second time. */
const factor = 8
/** What grows with the square of its input takes 64 times as long then. */
const bound = 3 * factor

/** Migrations of a shape that could be slow, with `size` of what repeats in it. */
export const shapes: Readonly<Record<string, (size: number) => readonly string[]>> = {
  'statements of one transaction': (size) => [block(lines(size, (i) => `alter table t${i} add c int;`))],
  'clauses of one statement': (size) => [
    `alter table t ${lines(size, (i) => `add c${i} int default ${i} check (c${i} > 0)`, ',')}`,
  ],
  'constraints, then validated': (size) => [
    lines(
      size,
      (i) =>
        `alter table t${i} add constraint k${i} check (a is not null) not valid;` +
        `alter table t${i} validate constraint k${i}; alter table t${i} alter a set not null;`,
    ),
  ],
  'tables renamed behind views': (size) => [
    block(lines(size, (i) => `alter table t${i} rename to u${i}; create view t${i} as select * from u${i};`)),
  ],
  'accepted risks': (size) => [
    lines(size, (i) => `-- lockkeeper: allow drop-column because ${i}\nalter table t drop c${i};`),
  ],
  'labels of an enum': (size) => [
    lines(size, (i) => `alter type mood add value 'v${i}'; insert into t values ('v${i}');`),
  ],
  'statements of a DO block': (size) => [`do $$ begin\n${lines(size, () => 'perform 1;')}\nend $$;`],
  'statements on one endless line': (size) => [lines(size, (i) => `drop table t${i};`, ' ')],
  migrations: (size) =>
    Array.from({ length: size }, (_, i) => `create index i${i} on t${i} (a); drop table u${i};`),
}

function lines(size: number, line: (index: number) => string, between = '\n'): string {
  return Array.from({ length: size }, (_, index) => line(index)).join(between)
}

const block = (sql: string): string => `begin;\n${sql}\ncommit;`

/** Seconds from the text to the reports in every form. */
export async function secondsFor(texts: readonly string[]): Promise<number> {
  const pending = texts.map(toMigration)
  const start = performance.now()
  const judgement = await judge(pending)
  const comments = pending.map((migration, index) => {
    const judged = judgement.migrations[index]
    if (judged === undefined) throw new Error(`${migration.id} was not judged.`)
    return commentAllowances(migration, judged, migration.sql ?? '')
  })
  const accepted = acceptRisks(
    judgement,
    comments.flatMap(({ allowances }) => allowances),
    '2026-01-01',
  )
  const redactor = createRedactor()
  const report = buildCheckReport({
    app: null,
    facts: undefined,
    tool: null,
    prefix: '',
    pending,
    ...accepted,
    notKnown: [],
    problems: comments.flatMap(({ problems }) => problems),
    redactor,
  })
  const clean = redactReport(report, redactor)
  for (const form of Object.values(checkForms)) form(clean)
  return (performance.now() - start) / 1000
}

function toMigration(sql: string, index: number): PendingMigration {
  return {
    id: String(index),
    name: 'grows',
    file: `db/migrations/${index}_grows.sql`,
    sql,
    sqlLine: 1,
    transaction: false,
    singleQuery: false,
    reverse: { available: false, sql: null, transaction: true },
  }
}

/** Judges shapes that could be slow, once and eight times as large: the time may grow about as the size does. */
export async function benchGrowth(size = 1500): Promise<boolean> {
  process.stdout.write(`growth: seconds for ${size} and for ${size * factor} of what repeats\n`)
  let within = true
  for (const [name, make] of Object.entries(shapes)) {
    await secondsFor(make(size))
    const one = await secondsFor(make(size))
    const many = await secondsFor(make(size * factor))
    const ratio = many / one
    process.stdout.write(
      `  ${name.padEnd(32)} ${one.toFixed(2)}  ${many.toFixed(2)}  ratio ${ratio.toFixed(1)}\n`,
    )
    within &&= ratio <= bound
  }
  process.stdout.write(`  ${within ? 'within' : 'NOT within'} ${bound} times for ${factor} times as much\n`)
  return within
}
