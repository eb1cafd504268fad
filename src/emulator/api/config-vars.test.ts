import { describe, expect, test } from 'vitest'
import { changeConfigVars, describeChange } from './config-vars.ts'

describe('changeConfigVars', () => {
  test('values are set, changed, coerced and removed; the rest stays', () => {
    expect(changeConfigVars({ A: '1', B: '2', C: '3' }, { A: '1', B: 7, C: null, D: true, E: null })).toEqual(
      {
        configVars: { A: '1', B: '7', D: 'true' },
        set: ['B', 'D'],
        removed: ['C'],
      },
    )
  })
  test('a value of the same text is no change', () => {
    expect(changeConfigVars({ A: '1' }, { A: '1' })).toMatchObject({ set: [], removed: [] })
  })
})

test.each([
  [['A'], [], 'Set A config vars'],
  [['A', 'B'], [], 'Set A, B config vars'],
  [[], ['A'], 'Remove A config vars'],
  [['A'], ['B'], 'Set A and remove B config vars'],
])('set %j and removed %j: %s', (set, removed, expected) => {
  expect(describeChange({ set, removed })).toBe(expected)
})
