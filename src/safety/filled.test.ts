import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'

const small = {
  rows: () => 10,
  bytes: (table: string) => (table === 'small' ? 8192 : 5e9),
}

async function rulesOf(sql: string, facts?: typeof small): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql)], facts, { lockBudget: 1 })
  return migrations.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity !== 'note').map(({ rule, table }) => `${rule} ${table ?? ''}`),
  )
}

describe('a new table that was given rows is worked on under the locks of others', () => {
  test.each([
    [
      'create table n (id int); insert into n select id from orders; alter table n add foreign key (id) references orders (id)',
    ],
    ['create table n as select id from orders; alter table n add foreign key (id) references orders (id)'],
    ['select id into n from orders; alter table orders add column x int; create index on n (id)'],
    [
      'create table n as select * from orders; alter table orders add column x int; alter table n alter id set not null',
    ],
  ])('%s', async (sql) => {
    expect(await rulesOf(sql)).toContain('work-under-lock n')
  })
})

describe('nobody waits where', () => {
  test.each([
    ['it is empty', 'create table n (id int); alter table n add foreign key (id) references orders (id)'],
    [
      'it was given a row',
      'create table n (id int); insert into n values (1); alter table n add foreign key (id) references orders (id)',
    ],
    ['no lock is held', 'create table n as select id from orders; create index on n (id)'],
    [
      'all is new',
      'create table m (id int primary key); create table n as select id from m; alter table n add foreign key (id) references m (id)',
    ],
  ])('%s', async (_, sql) => {
    expect(await rulesOf(sql)).toEqual([])
  })

  test('what it was given is small', async () => {
    const sql =
      'create table n as select id from small; alter table n add foreign key (id) references orders (id)'
    expect(await rulesOf(sql, small)).toEqual([])
    expect(await rulesOf(sql.replace('from small', 'from large'), small)).toEqual(['work-under-lock n'])
  })
})
