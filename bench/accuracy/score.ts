import { measures, type Comparison } from './judge-case.ts'

export interface Score {
  readonly measure: string
  readonly hits: number
  readonly of: number
}

/** Each must reach this share. */
export const bound = 0.98

/** Unknown counts as unsafe, as a deploy treats it. */
export function scores(comparisons: readonly Comparison[]): Score[] {
  const ran = comparisons.filter(({ failure }) => failure === null)
  const both = ran.filter(({ unsafe }) => unsafe.expected && unsafe.judged).length
  const whole = ran.filter((comparison) => comparison.case.truth.outcome === 'ok')
  return [
    { measure: 'unsafe, precision', hits: both, of: ran.filter(({ unsafe }) => unsafe.judged).length },
    { measure: 'unsafe, recall', hits: both, of: ran.filter(({ unsafe }) => unsafe.expected).length },
    ...measures.map((measure) => ({
      measure,
      hits: whole.filter(({ differences }) => differences[measure] === null).length,
      of: whole.length,
    })),
  ]
}

export function share({ hits, of }: Score): number {
  return of === 0 ? 1 : hits / of
}

/** The scores as a table. */
export function describeScores(all: readonly Score[]): string {
  const rows = all.map((score) => [score.measure, share(score).toFixed(3), `${score.hits} of ${score.of}`])
  return rows
    .map(([measure = '', ratio = '', count = '']) => `${measure.padEnd(20)}${ratio}   ${count}`)
    .join('\n')
}

/** Every disagreement, case by case. */
export function describeDisagreements(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap((comparison) => {
    const { unsafe, failure } = comparison
    if (failure !== null) return [heading(comparison), `  not judged: ${failure}`]
    const word = (is: boolean) => (is ? 'unsafe' : 'safe')
    const lines = [
      ...(unsafe.expected === unsafe.judged
        ? []
        : [`  verdict: expected ${word(unsafe.expected)}, judged ${word(unsafe.judged)}`]),
      ...measures.flatMap((measure) => {
        const difference = comparison.differences[measure]
        return difference === null ? [] : [`  ${measure}: ${difference}`]
      }),
    ]
    const reasons = comparison.reasons.map((reason) => `  because of ${reason}`)
    return lines.length === 0 ? [] : [heading(comparison), ...lines, ...reasons]
  })
}

function heading(comparison: Comparison): string {
  return `${comparison.case.id}: ${comparison.case.sql}`
}
