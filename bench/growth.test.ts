import { expect, test } from 'vitest'
import { secondsFor, shapes } from './growth.ts'

/** Far more than it takes, and far less than it would take if it grew with the square. */
const patience = 20 // seconds

test.each(Object.entries(shapes))('%s: thousands are judged in seconds', async (_, make) => {
  expect(await secondsFor(make(10_000))).toBeLessThan(patience)
})
