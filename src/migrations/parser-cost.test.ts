import { expect, test } from 'vitest'
import { takesTooLong } from './parser-cost.ts'

test('rows of operators without an end take too long, lines of dashes and stars do not', () => {
  expect(takesTooLong('/*'.repeat(50_000) + '*/'.repeat(50_000))).toBe(true)
  expect(takesTooLong(`select 1 ${'+-'.repeat(16_000)}1`)).toBe(true)
  expect(takesTooLong(`${'+-'.repeat(250)} `.repeat(1000))).toBe(true)
  const banner = `${'-'.repeat(200)}\n/${'*'.repeat(98)}/\n-- ${'='.repeat(100)}\n`
  expect(takesTooLong(banner.repeat(1000))).toBe(false)
  expect(takesTooLong('-'.repeat(100_000))).toBe(false)
})
