import { expect, test } from 'vitest'
import { defaultAssumptions } from '../assumptions.ts'
import { createClock } from '../clock.ts'
import { createRateLimit } from './rate-limit.ts'

test('4500 requests, then 75 more for each minute of platform time', () => {
  let now = 0
  const limit = createRateLimit(createClock(0.1), defaultAssumptions, () => now)
  for (let request = 0; request < 4500; request++) expect(limit.take()).toBe(true)
  expect(limit.take()).toBe(false)
  expect(limit.retryAfter).toBe(0)
  now += 6000
  expect(limit.remaining()).toBe(75)
  now += 6_000_000
  expect(limit.remaining()).toBe(4500)
})
