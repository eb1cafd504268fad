import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'

async function sleepsFound(sql: string, lockBudget = 1): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql)], undefined, { lockBudget })
  return migrations.flatMap(({ findings }) =>
    findings.flatMap(({ rule, message }) => (rule === 'sleep-under-lock' ? [message] : [])),
  )
}

const locks = 'alter table items add column n int;'

test.each([
  ['select pg_sleep(60)', '60 s'],
  ['select pg_sleep(1.5)', '2 s'],
  ["select pg_sleep('3')", '3 s'],
  ["select pg_sleep_for('5 minutes')", '5 min'],
  ["select pg_sleep_for('1 minute 30 seconds'::interval)", '90 s'],
  ["select pg_sleep_for(interval '3 hours')", '3 h'],
  ["select pg_catalog.pg_sleep_for('2500 ms')", '3 s'],
  ["select pg_sleep_for('P1D')", 'a time that only its run tells'],
  ["select pg_sleep_until('tomorrow 03:00')", 'a time that only its run tells'],
  ['select pg_sleep(n) from settings', 'a time that only its run tells'],
  ['select pg_sleep(0.6), pg_sleep(0.6)', '1 s'],
  ['do $$ begin perform pg_sleep(60);end $$', '60 s'],
  ['do $$ begin if true then perform pg_sleep(60);end if;end $$', '60 s'],
  ['update things set a = 1 where id = 1 and pg_sleep(9) is not null', '9 s'],
  ['create table copied as select pg_sleep(9)', '9 s'],
])('a sleep prolongs the lock of its transaction: %s', async (sql, time) => {
  const [message, ...others] = await sleepsFound(`${locks} ${sql}`)
  expect(others).toEqual([])
  expect(message).toContain(`It sleeps for ${time} while its transaction holds a lock`)
  expect(message).toContain('every query on items waits')
})

test.each([
  'select pg_sleep(60)',
  `select pg_sleep(60); ${locks}`,
  `${locks} select pg_sleep(0.5)`,
  `${locks} commit; select pg_sleep(60)`,
  'create table fresh (id int); select pg_sleep(60)',
  'update items set a = 1 where id = 1; select pg_sleep(60)',
  `${locks} select 'pg_sleep(60)'`,
  `${locks} create function naps() returns void language sql as 'select pg_sleep(60)'`,
  `${locks} create view naps as select pg_sleep(60)`,
])('a sleep that holds up nobody for long is none: %s', async (sql) => {
  expect(await sleepsFound(sql)).toEqual([])
})

test('without a budget, a short one is found as well', async () => {
  expect(await sleepsFound(`${locks} select pg_sleep(0.5)`, 0)).toHaveLength(1)
})
