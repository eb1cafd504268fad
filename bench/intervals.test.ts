import { expect, test } from 'vitest'
import { coveredMilliseconds } from './intervals.ts'

const interval = (startedAt: number, finishedAt: number) => ({ startedAt, finishedAt })

test('what overlaps counts once, and gaps do not count', () => {
  expect(coveredMilliseconds([interval(10, 20), interval(0, 5), interval(15, 30), interval(16, 18)])).toBe(25)
  expect(coveredMilliseconds([])).toBe(0)
})
