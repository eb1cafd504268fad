import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'

async function rulesOf(sql: string): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql)])
  return migrations.flatMap(({ findings }) => findings).map(({ rule }) => rule)
}

const safe: readonly (readonly [string, string])[] = [
  ['taken back', 'savepoint a; alter table t drop column c; rollback to a; alter table t add column d int'],
  [
    'its lock is released',
    'savepoint a; alter table t add c int; rollback to a; create table u as select * from v',
  ],
  [
    'taken back in parts',
    'savepoint a; drop table t; rollback to a; savepoint b; drop table u; release b; rollback to savepoint a',
  ],
]

const unsafe: readonly (readonly [string, string, readonly string[]])[] = [
  ['kept', 'savepoint a; alter table t drop column c; release a', ['drop-column']],
  [
    'only the last part taken back',
    'savepoint a; drop table t; savepoint b; drop table u; rollback to b',
    ['drop-table'],
  ],
  [
    'what was made is gone again',
    'savepoint a; create table t (a int); rollback to a; create index on t (a)',
    ['create-index'],
  ],
  ['work before it is taken back', 'savepoint a; create index on t (a); rollback to a', ['create-index']],
  [
    'a lock from before the savepoint',
    'alter table t add c int; savepoint a; select 1; rollback to a; create table u as select * from v',
    ['work-under-lock'],
  ],
  [
    'a remedy that is taken back',
    'alter table t rename to u; savepoint a; create view t as select * from u; rollback to a',
    ['rename-table'],
  ],
  ['back to what was released', 'savepoint a; release a; rollback to a', ['will-fail']],
]

test('outside a transaction there is none', async () => {
  const { migrations } = await judge([
    pendingSql('savepoint a; select 1', { transaction: false, singleQuery: false }),
  ])
  expect(migrations[0]?.findings.map(({ message }) => message)).toEqual([
    'It stands in no transaction: Postgres refuses a savepoint there.',
  ])
})

describe('what a savepoint takes back', () => {
  test.each(safe)('is safe: %s', async (_, sql) => {
    expect(await rulesOf(sql)).toEqual([])
  })

  test.each(unsafe)('is only what came after it: %s', async (_, sql, rules) => {
    expect(await rulesOf(sql)).toEqual(rules)
  })
})
