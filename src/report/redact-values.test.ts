import { expect, test } from 'vitest'
import { redactValues } from './redact-values.ts'

const clean = (text: string): string => text.replaceAll('hunter2', '[redacted]')

test('every text of a value is cleaned, however deep it lies', () => {
  const value = {
    name: 'a',
    steps: [{ sql: ['select 1', "set password = 'hunter2'"] }],
    none: null,
    count: 2,
  }
  expect(redactValues(value, clean)).toEqual({
    ...value,
    steps: [{ sql: ['select 1', "set password = '[redacted]'"] }],
  })
})

test('under any name', () => {
  const value: unknown = JSON.parse('{"__proto__": {"text": "hunter2"}, "constructor": "hunter2"}')
  expect(JSON.stringify(redactValues(value, clean))).toBe(
    '{"__proto__":{"text":"[redacted]"},"constructor":"[redacted]"}',
  )
})

test('what has no secret stays the same object, and what was given is not changed', () => {
  const plain = { lines: ['a', 'b'], when: new Date(0) }
  const value = { plain, secret: 'hunter2' }
  const cleaned = redactValues(value, clean)
  expect(cleaned.plain).toBe(plain)
  expect(value.secret).toBe('hunter2')
})
