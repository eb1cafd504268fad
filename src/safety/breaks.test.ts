import { beforeAll, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts, type Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const setup = `
  create table items (id bigint primary key, code varchar(20) not null, note text);
  create table bare (id int, note text);
  create view seen as select id, note from bare;
  create table sent (id int primary key, note text);
  create table whole (id int primary key, note text);
  alter table whole replica identity full;
  create publication feed for table sent, whole;
  create publication news for table items with (publish = 'insert');
  create table logs (id bigint not null, day date not null) partition by range (day);
  create table logs_old partition of logs for values from ('2020-01-01') to ('2021-01-01');
  grant select on items to public;
  create schema app; create schema shared;
  create table app.users (id int primary key, mail text, note text);
  grant usage on schema shared to public;`

const server = sharedPostgres()
let facts: Facts
beforeAll(async () => {
  facts = await withConnection(await server.createDatabase(), async (client) => {
    await client.query(setup)
    return readFacts(client)
  })
})

async function breaks(sql: string, transaction: boolean): Promise<boolean | undefined> {
  const { migrations } = await judge([pendingSql(sql, { transaction, singleQuery: transaction })], facts)
  return migrations[0]?.effects.some((effect) => effect.breaks.some(({ what }) => what !== 'on conflict'))
}

const together: readonly (readonly [sql: string, breaks: boolean])[] = [
  ['alter table items rename note to remark; alter table items rename remark to note', false],
  ['alter table items rename note to remark; alter table items rename code to note', true],
  ['alter table items drop note; alter table items add note text', false],
  ['alter table items drop note; alter table items add note integer', true],
  ['alter table items drop code, add code varchar(20) not null', true],
  ['alter table items add size int; alter table items alter size set not null', true],
  ['alter table items add size int default 1; alter table items alter size set not null', false],
  [
    'alter table items add size int; alter table items alter size set not null; alter table items alter size set default 1',
    false,
  ],
  ['alter table items alter note set not null', false],
  [
    'drop view seen; alter table bare alter note type varchar; create view seen as select id, note from bare',
    false,
  ],
  ['drop view seen; alter table bare alter note type varchar; create view seen as select id from bare', true],
]

test.each(together)('in one transaction: %s', async (sql, expected) => {
  expect(await breaks(sql, true)).toBe(expected)
})

const apart: readonly (readonly [sql: string, breaks: boolean])[] = [
  ['alter table items rename note to remark; alter table items rename remark to note', true],
  ['alter table logs_old rename to logs_first', false],
  ['alter table logs rename to diary', true],
  ['alter database postgres set default_transaction_read_only = on', true],
  ['alter database postgres set default_transaction_read_only = off', false],
  ["alter database postgres set work_mem = '8MB'", false],
  ['alter role current_user set default_transaction_read_only to true', true],
  ['alter role postgres set default_transaction_read_only to true', true],
  ['alter role pg_monitor set default_transaction_read_only to true', false],
  ['alter role postgres nologin', true],
  ['alter role postgres connection limit 0', true],
  ['alter role postgres connection limit 20', false],
  ['create role fresh; alter role fresh nologin', false],
  ['revoke select on items from public', true],
  ['revoke all on items from public', true],
  ['revoke update on items from public', false],
  ['revoke usage on schema shared from public', true],
  ['revoke create on schema shared from public', false],
  ['revoke all on schema app from public', false],
  ['set search_path to app; alter table users drop column note', true],
  ['set search_path to app, public; create table items (id int); alter table items add column x int', false],
  ['create publication more for table bare', true],
  ["create publication more for table bare with (publish = 'insert')", false],
  ["create publication more for table bare with (publish = 'insert, delete')", true],
  ['create publication more for table items where (id > 5)', false],
  ["create publication more for table items where (note = 'x')", true],
  ['create publication more for table items (id, note)', false],
  ['create publication more for table items (note)', true],
  ["create publication more for table whole where (note = 'x')", false],
  ['alter table sent drop constraint sent_pkey', true],
  ['alter table sent replica identity nothing', true],
  ['alter table whole drop constraint whole_pkey', false],
  ['alter table whole replica identity nothing', true],
  ['alter table items drop constraint items_pkey', false],
  ['alter table items replica identity nothing', false],
]

test.each(apart)('%s', async (sql, expected) => {
  expect(await breaks(sql, false)).toBe(expected)
})
