/** A stretch of time, in milliseconds since the epoch. */
export interface Interval {
  readonly startedAt: number
  readonly finishedAt: number
}

/** Milliseconds that at least one of the intervals covers: what overlaps counts once. */
export function coveredMilliseconds(intervals: readonly Interval[]): number {
  const sorted = [...intervals].sort((a, b) => a.startedAt - b.startedAt)
  let covered = 0
  let end = -Infinity
  for (const { startedAt, finishedAt } of sorted) {
    covered += Math.max(0, finishedAt - Math.max(startedAt, end))
    end = Math.max(end, finishedAt)
  }
  return covered
}
