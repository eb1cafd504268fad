import { enough, type Answer } from './ask.ts'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'

/** How many rows a statement changes, as they were counted. */
export interface Counted {
  readonly effect: Effect
  readonly answer: Answer
}

/** The findings without the doubt that counting ends: few rows are not many, and where there is none, none is lost. */
export function withCounts(findings: readonly Finding[], counted: readonly Counted[]): Finding[] {
  const byPlace = new Map(counted.map((one) => [one.effect.statement.location, one]))
  return findings.map((finding) => {
    const found = finding.location === null ? undefined : byPlace.get(finding.location)
    const rows = found?.answer.rows ?? null
    const most = mostRows[finding.rule] ?? 0
    if (found === undefined || rows === null || finding.table !== found.effect.relation || rows >= most)
      return finding
    return { ...finding, severity: 'note', message: message(found, rows), recipe: null }
  })
}

/** By rule, the number of rows from which on it speaks. */
const mostRows: Readonly<Record<string, number>> = { 'change-many-rows': enough, 'lose-rows': 1 }

function message({ effect: { form }, answer: { table, sql } }: Counted, rows: number): string {
  const verb = form === 'delete' ? 'removes' : 'changes'
  if (rows === 0) return `It ${verb} no row of ${table}, counted now with ${sql}`
  const number = rows === 1 ? 'one row' : `${rows} rows`
  return `It ${verb} ${number} of ${table}, counted now with ${sql}`
}
