import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { hazardsOf, severities, type Hazard } from './hazards.ts'
import { rules } from './rules.ts'
import { targetRules } from './rules/target.ts'
import { judge } from './verdict.ts'

/** The rules that a text violates. Lines that start with '--' part it into migrations. */
async function violated(sql: string, transaction: boolean): Promise<string[]> {
  const migrations = sql.split(/^--.*$/m).map((text) => pendingSql(text, { transaction }))
  const judgement = await judge(migrations, ruleFacts)
  return judgement.migrations.flatMap(({ findings }) => findings.map(({ rule }) => rule))
}

// The small table is there for the rule that speaks of small tables.
const ruleFacts = {
  rows: () => 1e6,
  bytes: () => 1e9,
  domain: () => null,
  column: (_: string, name: string) =>
    name === 'price' ? { type: 'integer', notNull: true, hasDefault: true } : null,
  index: (name: string) =>
    name === 'items_code' ? { table: 'public.items', unique: true, columns: ['code'] } : null,
}

describe('every rule', () => {
  test('has an id of its own', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
  })

  // These are the words for what other rules name more precisely, for small tables, and for what the data says.
  const general = [
    'will-fail',
    'short-wait',
    'data-violates',
    'precheck-not-answered',
    ...targetRules.map(({ id }) => id),
  ]

  test.each(rules.filter(({ id }) => !general.includes(id)))(
    '$id: the bad example violates it',
    async ({ id, bad }) => {
      const transaction = !/vacuum/i.test(bad)
      expect(await violated(bad, transaction)).toContain(id)
    },
  )

  test.each(rules)('$id: the good example does not violate it', async ({ id, good }) => {
    expect(await violated(good, !/concurrently|vacuum/i.test(good))).not.toContain(id)
  })

  test.each(rules)('$id: ends its sentences', ({ effect, title }) => {
    expect(effect).toMatch(/[.]$/)
    expect(title).not.toMatch(/[.]$/)
  })
})

test('a rule without forms stands ready for every hazard, so that none stays without a finding', () => {
  const answered = new Set(rules.filter(({ forms }) => forms === undefined).flatMap(({ hazards }) => hazards))
  expect([...answered].sort()).toEqual((Object.keys(severities) as Hazard[]).sort())
})

test('an effect without harm has no hazard', async () => {
  const { migrations } = await judge([pendingSql('alter table t add c int')])
  const effect = migrations[0]?.effects[0]
  if (effect === undefined) throw new Error('There is no effect.')
  expect([...hazardsOf(effect, {})]).toEqual([])
})
