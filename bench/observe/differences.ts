import type { Case, Truth } from '../accuracy/case.ts'

/** What is compared: the parts of the truth that do not hang on the made-up rows. */
const parts: readonly (readonly [name: string, of: (truth: Truth) => string])[] = [
  ['outcome', ({ outcome }) => outcome],
  ['unsafe', ({ unsafe }) => String(unsafe)],
  ['locks', ({ locks }) => describe(Object.entries(locks).map(([name, mode]) => `${name}: ${mode}`))],
  ['rewrite', ({ rewritten }) => describe(rewritten)],
  ['scan', ({ scanned }) => describe(scanned)],
  ['blocking', ({ blocking }) => describe(blocking.map(({ kind, rel }) => `${kind} of ${rel}`))],
  ['breaks', ({ breaks_old_code: breaks }) => String(breaks)],
  ['on conflict', ({ breaks_on_conflict: breaks }) => String(breaks.length > 0)],
  ['loses data', ({ loses_data: loses }) => String(loses)],
]

/** Where two truths of the same cases differ, and how often each part agrees. Of a case that failed only that is compared. */
export function describeDifferences(pairs: readonly { readonly given: Case; readonly truth: Truth }[]): {
  lines: string[]
  differences: number
} {
  const lines: string[] = []
  const counts: string[] = []
  let differences = 0
  for (const [name, of] of parts) {
    const compared = pairs.filter(
      ({ given }) => given.truth.outcome === 'ok' || name === 'outcome' || name === 'unsafe',
    )
    const different = compared.filter(({ given, truth }) => of(given.truth) !== of(truth))
    differences += different.length
    for (const { given, truth } of different) {
      lines.push(
        `${given.id}: ${given.sql}`,
        `  ${name}: the file says ${of(given.truth)}, seen ${of(truth)} (${truth.why})`,
      )
    }
    counts.push(`${name.padEnd(14)}${compared.length - different.length} of ${compared.length}`)
  }
  return { lines: [...lines, ...counts], differences }
}

function describe(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...new Set(names)].sort().join(', ')
}
