import { beforeAll, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { loadParser, parseMigration } from './parse.ts'
import { judge } from './verdict.ts'

beforeAll(loadParser)

const outside = { transaction: false, singleQuery: false }

/** A migration that sends these texts, each as one query. */
function sent(...texts: readonly string[]) {
  const sql = texts.join('\n')
  const queries = texts.map((_, index) => texts.slice(0, index).join('\n').length + Math.min(index, 1))
  return pendingSql(sql, { ...outside, queries })
}

const placesOf = (migration: ReturnType<typeof pendingSql>) =>
  parseMigration(migration).statements.map(({ inTransaction, unit }) => [inTransaction, unit])

test('several statements of one query are one transaction, and one by itself is none', () => {
  expect(placesOf(sent('select 1; select 2;', 'select 3;', "-- 'ü'\nselect 4; select 5;"))).toEqual([
    [true, 0],
    [true, 0],
    [false, 1],
    [true, 2],
    [true, 2],
  ])
})

test('a query may hold a comment alone, and COMMIT ends its transaction', () => {
  expect(placesOf(sent('select 1; commit; select 2;', '-- nothing', 'select 3;', 'select 4;'))).toEqual([
    [true, 0],
    [true, 0],
    [true, 1],
    [false, 2],
    [false, 3],
  ])
})

test('a transaction that stays open goes on in the next query', () => {
  expect(placesOf(sent('begin;', 'select 1; select 2;', 'commit;', 'select 3;'))).toEqual([
    [false, 0],
    [true, 0],
    [true, 0],
    [true, 0],
    [false, 1],
  ])
})

test.each([
  ['create index concurrently i on t (a); analyze t;', 'concurrently-in-transaction'],
  [
    'alter table t add constraint k check (a > 0) not valid; alter table t validate constraint k;',
    'validate-in-same-transaction',
  ],
])('is unsafe as one query and safe as two: %s', async (sql, expected) => {
  const rulesOf = async (...texts: readonly string[]) => {
    const { migrations } = await judge([sent(...texts)])
    return migrations.flatMap(({ findings }) =>
      findings.filter(({ severity }) => severity === 'unsafe').map(({ rule }) => rule),
    )
  }
  expect(await rulesOf(sql)).toEqual([expected])
  expect(await rulesOf(...sql.split(/(?<=;) /))).toEqual([])
})
