import { expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import type { Facts, TableConstraint } from '../../postgres/facts.ts'
import { judge } from '../verdict.ts'

const key = (table: string, column: string, action: string): TableConstraint => ({
  table: `public.${table}`,
  name: `${table}_${column}_fkey`,
  kind: 'foreign key',
  validated: true,
  columns: [column],
  definition: `FOREIGN KEY (${column}) REFERENCES orders(id)${action}`,
  referencedColumns: ['id'],
})

const keys: Readonly<Record<string, readonly TableConstraint[]>> = {
  orders: [
    key('lines', 'order_id', ' ON UPDATE CASCADE ON DELETE CASCADE'),
    key('visits', 'order_id', ' ON DELETE SET NULL'),
    key('bills', 'order_id', ''),
  ],
  lines: [key('returns', 'line_id', ' ON DELETE CASCADE')],
}

const facts: Facts = {
  rows: () => 1e6,
  bytes: () => 1e9,
  kind: (name) => (name.endsWith('_seq') ? 'sequence' : 'table'),
  indexes: () => [
    { table: 'public.orders', name: 'public.orders_pkey', unique: true, isPrimary: true, columns: ['id'] },
  ],
  referencing: (table) => keys[table.replace('public.', '')] ?? [],
}

async function effectsOf(sql: string) {
  const { migrations } = await judge([pendingSql(sql, { transaction: false })], facts)
  return migrations.flatMap(({ effects }) => effects)
}

test('what goes with the rows that a DELETE removes is named', async () => {
  const [effect] = await effectsOf('DELETE FROM orders WHERE id = 1')
  expect(effect?.loses).toBe(
    'rows of orders, and with them rows of lines, rows of returns, values of visits (order_id)',
  )
})

test('a DELETE that finds no row loses none', async () => {
  expect((await effectsOf('DELETE FROM orders WHERE id = 1 AND false')).map(({ loses }) => loses)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ])
})

test('a key that changes is looked up where it is referred to, and changed there with ON UPDATE CASCADE', async () => {
  const effects = await effectsOf('UPDATE orders SET id = 5 WHERE id = 1')
  const others = effects.filter(({ relation }) => relation !== 'orders')
  expect(others.map(({ relation, lock, work }) => [relation, lock, work])).toEqual([
    ['lines', 'ROW EXCLUSIVE', 'scan'],
    ['visits', 'ROW SHARE', 'scan'],
    ['bills', 'ROW SHARE', 'scan'],
  ])
  expect(await effectsOf('UPDATE orders SET id = orders.id WHERE id = 1')).toHaveLength(1)
})

test.each([
  ["SELECT setval('orders_id_seq', (SELECT max(id) FROM orders))", []],
  ['SELECT max(id), min(id) FROM orders', []],
  ["SELECT setval('orders_id_seq', id) FROM orders ORDER BY id DESC LIMIT 1", []],
  ['SELECT id FROM orders ORDER BY id DESC NULLS LAST LIMIT 1', ['orders']],
  ['SELECT id FROM orders ORDER BY price LIMIT 1', ['orders']],
  ['SELECT id FROM orders ORDER BY id', ['orders']],
  ['SELECT sum(price) FROM orders ORDER BY id LIMIT 1', ['orders']],
  ['SELECT max(last_value) FROM orders_id_seq', []],
  ['SELECT max(price) FROM orders', ['orders']],
  ['SELECT max(id), count(*) FROM orders', ['orders']],
  ['SELECT max(id) FROM orders GROUP BY owner', ['orders']],
])('the ends of an index are read without the rest: %s', async (sql, scanned) => {
  const effects = await effectsOf(sql)
  expect(effects.flatMap(({ scans, relation }) => (scans ? [relation] : []))).toEqual(scanned)
})
