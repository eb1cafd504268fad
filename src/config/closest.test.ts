import { expect, test } from 'vitest'
import { closest } from './closest.ts'

test.each([
  ['statsu', ['path', 'status', 'text'], 'status'],
  ['lock_timeout', ['lockTimeout', 'deadline'], 'lockTimeout'],
  ['Deadline', ['deadline'], 'deadline'],
  ['deadlines', ['deadline', 'every'], 'deadline'],
  ['xyz', ['path', 'status'], undefined],
  ['sq', ['sql', 'name'], 'sql'],
  ['', ['sql'], undefined],
  ['anything', [], undefined],
])('%s of %o is %s', (word, known, expected) => {
  expect(closest(word, known)).toBe(expected)
})
