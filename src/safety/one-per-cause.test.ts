import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'

test.each([
  ['alter table pt detach partition p1 concurrently', ['concurrently-in-transaction']],
  ['drop table t', ['drop-table']],
  ['create index i on t (a)', ['create-index']],
  ['alter table t add column b int not null', ['add-required-column']],
  ['alter table t alter column a type bigint', ['change-column-type']],
  ['alter table t add constraint u unique (a)', ['add-unique']],
  // Two causes: what is lost, and who waits.
  ['delete from t', ['lose-rows', 'change-many-rows']],
  ['copy (delete from t returning *) to stdout', ['lose-rows', 'change-many-rows']],
  [
    'create table z as with d as (delete from t returning *) select * from d',
    ['lose-rows', 'change-many-rows'],
  ],
  ['with d as (delete from t returning *) select * into z from d', ['lose-rows', 'change-many-rows']],
  ['create table z as select * from t', []],
  ['copy (select * from t) to stdout', []],
])('there is one finding for each cause: %s', async (sql, rules) => {
  const { migrations } = await judge([pendingSql(sql, { transaction: true })])
  const refusing = migrations[0]?.findings.filter(({ severity }) => severity !== 'note') ?? []
  expect(refusing.map(({ rule }) => rule)).toEqual(rules)
})
