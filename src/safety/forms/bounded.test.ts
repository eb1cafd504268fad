import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import type { Facts, IndexFacts } from '../../postgres/facts.ts'
import { judge } from '../verdict.ts'

async function rulesOf(sql: string): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql, { transaction: false })])
  return migrations.flatMap(({ findings }) => findings.map(({ rule }) => rule))
}

describe('an UPDATE of few rows locks few rows', () => {
  test.each([
    'UPDATE items SET a = 1 WHERE id = 5',
    'UPDATE items SET a = 1 WHERE id IN (1, 2, 3)',
    'UPDATE items SET a = 1 WHERE id = ANY (ARRAY[1, 2, 3])',
    "UPDATE items SET a = 1 WHERE id = ANY ('{1, 2}')",
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000',
    'UPDATE items SET a = 1 WHERE items.id >= 1 AND items.id < 5001 AND a IS NULL',
    'UPDATE items SET a = 1 WHERE id IN (SELECT id FROM items WHERE a IS NULL LIMIT 1000)',
    'UPDATE items SET a = 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM items WHERE a IS NULL LIMIT 1000))',
    'WITH batch AS (SELECT id FROM items WHERE a IS NULL LIMIT 100) UPDATE items SET a = 1 FROM batch WHERE items.id = batch.id',
    'UPDATE items SET a = 1 FROM (SELECT id FROM items LIMIT 100) b WHERE b.id = items.id',
    'UPDATE items i SET a = 1 FROM others o WHERE i.id = 5 AND o.item_id = i.id',
    'UPDATE shop.items SET a = 1 WHERE shop.items.id = 5',
    'WITH batch AS (SELECT id FROM items LIMIT 100), u AS (UPDATE items SET a = 1 FROM batch WHERE items.id = batch.id RETURNING items.id) SELECT count(*) FROM u',
    'UPDATE items SET a = v.a FROM (VALUES (1, 10), (2, 20)) v (id, a) WHERE items.id = v.id',
    'UPDATE items SET a = 1 FROM unnest(ARRAY[1, 2]) u (id) WHERE items.id = u.id',
    'UPDATE items SET a = 1 FROM generate_series(1, 10) n WHERE items.id = n',
    'UPDATE items SET a = 1 WHERE id IN (VALUES (1), (2))',
    'UPDATE items SET a = 1 WHERE id IN (SELECT 1 UNION ALL SELECT 2)',
    'UPDATE items SET a = 1 WHERE id = 1 OR id = 2',
    'UPDATE items SET a = 1 WHERE (id = 1 AND a = 0) OR id IN (2, 3)',
    'UPDATE items SET a = 1 WHERE (id, a) = (1, 0)',
    'UPDATE items SET a = 1 WHERE (id, a) IN ((1, 0), (2, 0))',
    'UPDATE items SET a = 1 WHERE id = (SELECT o.item_id FROM others o WHERE o.id = 3)',
    'UPDATE items SET a = 1 WHERE id IN (SELECT o.item_id FROM others o WHERE o.a LIKE $$x%$$ LIMIT 10)',
    'CREATE VIEW empty_items AS SELECT id, a FROM items WHERE a IS NULL; UPDATE items SET a = 1 WHERE id IN (SELECT id FROM empty_items LIMIT 100)',
    'UPDATE items SET a = 1 WHERE 1 = 0',
    'UPDATE items SET a = 1 WHERE NOT true',
    'UPDATE items SET a = 1 WHERE NULL',
    'UPDATE items SET a = 1 WHERE a = NULL',
    "UPDATE items SET a = 1 WHERE a > 5 AND 'f'::boolean",
    'DELETE FROM items WHERE a > 5 AND false',
    'DELETE FROM items WHERE NULL IS NOT NULL',
    'MERGE INTO items i USING (VALUES (1, 5)) v (id, a) ON i.id = v.id WHEN MATCHED THEN UPDATE SET a = v.a WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.a)',
    'DO $$ BEGIN FOR n IN 1..5 LOOP UPDATE items SET a = 1 WHERE id = n; END LOOP; END $$',
    'DO $$ DECLARE item record; BEGIN SELECT id INTO item FROM items LIMIT 1; UPDATE items SET a = 1 WHERE id = item.id; END $$',
  ])('%s', async (sql) => {
    expect(await rulesOf(sql)).toEqual([])
  })
})

describe('an UPDATE whose text does not bound it may lock every row', () => {
  test.each([
    'UPDATE items SET a = 1',
    'UPDATE items SET a = 1 WHERE a IS NULL',
    'UPDATE items SET a = 1 WHERE id > 5',
    'UPDATE items SET a = 1 WHERE id > ANY (ARRAY[1, 2, 3])',
    'UPDATE items SET a = 1 WHERE id = ANY (ARRAY(SELECT id FROM items))',
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000000',
    'UPDATE items SET a = 1 WHERE id BETWEEN 1 AND 1000 OR a IS NULL',
    'UPDATE items SET a = 1 WHERE id IN (SELECT id FROM items LIMIT 100000)',
    'WITH batch AS (SELECT id FROM items) UPDATE items SET a = 1 FROM batch WHERE items.id = batch.id',
    'UPDATE items SET a = 1 FROM others WHERE items.id = others.id',
    'UPDATE items SET a = 1 FROM others o WHERE o.id = 5 AND items.other_id = o.id',
    'UPDATE items SET a = 1 FROM others o WHERE o.id BETWEEN 1 AND 10 AND items.other_id = o.id',
    'UPDATE items i SET a = 1 FROM items o WHERE o.id = 5 AND i.owner = o.owner',
    'WITH batch AS (SELECT id FROM items LIMIT 100) UPDATE items i SET a = 1 FROM batch, others o WHERE o.id = batch.id',
    'SELECT * FROM items a JOIN items b ON a.owner = b.owner WHERE b.id = 5 FOR UPDATE',
    'UPDATE items SET a = 1 WHERE id = 1 OR a = 2',
    'UPDATE items SET a = 1 WHERE (id, a) = (b, 0)',
    'UPDATE items SET a = 1 WHERE NOT (id = 1)',
    'UPDATE items SET a = 1 WHERE NOT (NULL AND a > 5)',
    'UPDATE items SET a = 1 WHERE NOT false',
    'UPDATE items SET a = 1 WHERE 1 = 1',
    'UPDATE items SET a = 1 WHERE id = (SELECT max(o.item_id) FROM others o WHERE o.owner = items.owner)',
    'UPDATE items SET a = 1 WHERE id IN (SELECT items.id FROM others o LIMIT 1)',
    'UPDATE items SET a = 1 WHERE id IN (SELECT owner_id FROM others LIMIT 1)',
    'UPDATE items SET a = 1 FROM others o, LATERAL (SELECT o.item_id AS id LIMIT 1) b WHERE items.id = b.id',
    'UPDATE items SET a = 1 FROM unnest(items.list) u (id) WHERE items.id = u.id',
    'UPDATE items SET a = 1 FROM generate_series(1, 1000000) n WHERE items.id = n',
    'DO $$ BEGIN FOR n IN 1..5000 LOOP UPDATE items SET a = 1 WHERE id = n; END LOOP; END $$',
    'DO $$ BEGIN FOR m IN 1..5 LOOP FOR n IN 1..5 LOOP UPDATE items SET a = 1 WHERE id = n; END LOOP; END LOOP; END $$',
  ])('%s', async (sql) => {
    expect(await rulesOf(sql)).toContain('change-many-rows')
  })
})

const index = (columns: readonly string[], partial: boolean): IndexFacts => ({
  table: 'public.items',
  unique: false,
  columns,
  partial,
})
const facts: Facts = {
  rows: () => 1e6,
  bytes: () => 1e9,
  indexes: () => [index(['owner', 'a'], false), index(['note'], true)],
}

describe('an index may lead to the rows, however many they are', () => {
  test.each([
    ["UPDATE items SET a = 1 WHERE owner = 'x'", false],
    ["DELETE FROM items WHERE owner IN ('x', 'y') AND a > 5", false],
    ["UPDATE items SET a = 1 WHERE note = 'x'", true],
    ['UPDATE items SET a = 1 WHERE a = 5', true],
    ["UPDATE items SET a = 1 WHERE owner = 'x' OR a = 5", true],
  ])('%s', async (sql, scans) => {
    const { migrations } = await judge([pendingSql(sql, { transaction: false })], facts)
    expect(migrations[0]?.effects.some((effect) => effect.scans)).toBe(scans)
    expect(migrations[0]?.findings.map(({ rule }) => rule)).toContain('change-many-rows')
  })
})

describe('a look for NULL where none can be finds no row', () => {
  const column = () => ({ type: 'text', notNull: true, hasDefault: false })
  test.each([
    ['UPDATE items SET a = 1 WHERE owner IS NULL', 'safe'],
    // In an outer join, NULL says that there is no row.
    [
      'UPDATE items SET a = 1 FROM others o LEFT JOIN extras e ON e.id = o.id WHERE o.id = items.a AND e.owner IS NULL',
      'unsafe',
    ],
    ['UPDATE items SET a = 1 FROM others o WHERE o.id = items.a AND o.owner IS NULL', 'unsafe'],
  ])('%s', async (sql, verdict) => {
    const judged = await judge([pendingSql(sql, { transaction: false })], { ...facts, column })
    expect(judged.verdict).toBe(verdict)
  })
})
