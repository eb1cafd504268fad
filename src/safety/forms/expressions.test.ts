import { beforeAll, expect, test } from 'vitest'
import { loadParser } from '../parse.ts'
import { checkCondition } from './constraint-text.ts'
import { provesNotNull } from './expressions.ts'

beforeAll(() => loadParser())

test.each([
  ['a is not null', true],
  ['a is not null and b > 0', true],
  ['(a is not null and b > 0) or a is not null', true],
  ['not (a is null)', true],
  ['not (b is null or a is null)', true],
  ['not (not (a is not null))', true],
  ['a is null', false],
  ['b is not null', false],
  ['a is not null or b is not null', false],
  ['not (a is null and b is null)', false],
  ['not (a is not null)', false],
  ['a > 0', false],
])('a CHECK (%s) that holds for each row says that a is not NULL: %s', (condition, proves) => {
  expect(provesNotNull(checkCondition(`CHECK (${condition})`), 'a')).toBe(proves)
})
