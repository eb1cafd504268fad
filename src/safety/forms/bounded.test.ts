import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { judge } from '../verdict.ts'

async function rulesOf(sql: string): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql, { transaction: false })])
  return migrations.flatMap(({ findings }) => findings.map(({ rule }) => rule))
}

describe('an UPDATE of few rows locks few rows', () => {
  test.each([
    'UPDATE items SET a = 1 WHERE id = 5',
    'UPDATE items SET a = 1 WHERE id IN (1, 2, 3)',
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000',
    'UPDATE items SET a = 1 WHERE items.id >= 1 AND items.id < 5001 AND a IS NULL',
    'UPDATE items SET a = 1 WHERE id IN (SELECT id FROM items WHERE a IS NULL LIMIT 1000)',
    'UPDATE items SET a = 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM items WHERE a IS NULL LIMIT 1000))',
    'WITH batch AS (SELECT id FROM items WHERE a IS NULL LIMIT 100) UPDATE items SET a = 1 FROM batch WHERE items.id = batch.id',
    'UPDATE items SET a = 1 FROM (SELECT id FROM items LIMIT 100) b WHERE b.id = items.id',
  ])('%s', async (sql) => {
    expect(await rulesOf(sql)).toEqual([])
  })
})

describe('an UPDATE whose text does not bound it may lock every row', () => {
  test.each([
    'UPDATE items SET a = 1',
    'UPDATE items SET a = 1 WHERE a IS NULL',
    'UPDATE items SET a = 1 WHERE id > 5',
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000000',
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000 OR a IS NULL',
    'UPDATE items SET a = 1 WHERE id IN (SELECT id FROM items LIMIT 100000)',
    'WITH batch AS (SELECT id FROM items) UPDATE items SET a = 1 FROM batch WHERE items.id = batch.id',
    'UPDATE items SET a = 1 FROM others WHERE items.id = others.id',
  ])('%s', async (sql) => {
    expect(await rulesOf(sql)).toContain('change-many-rows')
  })
})
