import { expect, test } from 'vitest'
import { wantedQuantity } from './formation.ts'

test.each([
  [2, undefined, 2],
  [2, 5, 5],
  [2, '5', 5],
  [2, '+1', 3],
  [2, '-1', 1],
  [2, '-2', 0],
])('from %d, %j makes %d', (present, asked, expected) => {
  expect(wantedQuantity(present, asked)).toBe(expected)
})

test('fewer than none is refused', () => {
  expect(() => wantedQuantity(1, '-2')).toThrow(expect.objectContaining({ status: 422 }))
})
