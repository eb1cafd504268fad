import { expect, test } from 'vitest'
import { withoutNeedlessQuotes } from './names.ts'

test('words that need no quotes as names lose those that some versions of Postgres write', () => {
  expect(withoutNeedlessQuotes('public."interval"')).toBe('public.interval')
  expect(withoutNeedlessQuotes('"json"')).toBe('json')
})

test('names that need their quotes keep them', () => {
  for (const name of ['public."Order"', '"user"', '"a ""time"" b"', 'public.items'])
    expect(withoutNeedlessQuotes(name)).toBe(name)
})
