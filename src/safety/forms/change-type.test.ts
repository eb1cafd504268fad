import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { createKnownDatabase } from '../../../test/support/known-database.ts'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { withConnection } from '../../postgres/connection.ts'
import type { Facts } from '../../postgres/facts.ts'
import { judge } from '../verdict.ts'

const setup = `
  create table plain (id int primary key, words varchar(10), letters char(5), any_letters bpchar, letter "char", page xml,
    codes varchar(10)[], prices numeric(8, 2)[], times timestamp(3)[], spans interval(3)[], a interval, a6 interval(6), a3 interval(3),
    ds interval day to second, ds2 interval day to second(2), ym interval year to month, hm interval hour to minute);
  create index on plain (letters);
  create table checked (a int check (a > 0), b varchar(20) check (b <> ''), c int, d int, check (c <= d));
  create table later (a int);
  alter table later add check (a > 0) not valid;
  create table computed (a int, b text, c int);
  create index on computed ((a + 1));
  create index on computed (b) where c > 0;
  create table referenced (id int primary key);
  create table referencing (id int references referenced, a varchar(10), exclude using btree (a with =));
  create table parted (a int, b varchar(10), c varchar(10), d varchar(10), e varchar(10)) partition by range (a);
  create table parted_1 partition of parted for values from (0) to (10);
  create index on parted (b);
  create index on parted_1 (c);
  alter table parted_1 add check (d <> '');
  create table base (a varchar(10), b varchar(10), c varchar(10), d int);
  create index on base (a);
  create table child (check (b <> '')) inherits (base);
  create index on child (lower(c));`

const server = sharedPostgres()
let url: string
let facts: Facts
beforeAll(async () => {
  ;({ url, facts } = await createKnownDatabase(server, setup))
})

/** Whether the statement reads a table from end to end, and whether it writes one anew; nothing of what it does stays. */
async function observe(client: pg.Client, sql: string): Promise<{ scans: boolean; rewrites: boolean }> {
  const files = `select sum(relfilenode::int8)::text as files from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
  const filesOf = async () => (await client.query<{ files: string }>(files)).rows[0]?.files
  await client.query('begin')
  const before = await filesOf()
  await client.query(sql)
  const after = await filesOf()
  const scanned = await client.query('select from pg_stat_xact_user_tables where seq_scan > 0')
  await client.query('rollback')
  return { scans: scanned.rows.length > 0, rewrites: before !== after }
}

test.each([
  ...['interval(3)', 'interval day', 'interval(6)', 'interval year to month'].map(
    (type) => `plain alter a type ${type}`,
  ),
  'plain alter a6 type interval(3)',
  'plain alter a6 type interval',
  'plain alter a3 type interval(0)',
  'plain alter a3 type interval second(4)',
  'plain alter ds type interval second',
  'plain alter ds type interval',
  'plain alter ds2 type interval day to second(4)',
  'plain alter ds2 type interval day to second(1)',
  'plain alter ym type interval',
  'plain alter hm type interval hour to second',
  'plain alter hm type interval hour to second(0)',
  'plain alter letters type bpchar',
  'plain alter letters type char(8)',
  'plain alter any_letters type char(8)',
  'plain alter any_letters type bpchar',
  'plain alter any_letters type text',
  'plain alter words type bpchar',
  'plain alter letter type text',
  'plain alter page type text',
  'plain alter codes type varchar[]',
  'plain alter codes type varchar(20)[]',
  'plain alter codes type text[]',
  'plain alter prices type numeric[]',
  'plain alter times type timestamp[]',
  'plain alter spans type interval[]',
  'checked alter a type int',
  'checked alter b type varchar(20) using b::varchar(20)',
  'checked alter b type varchar(20) collate "C"',
  'checked alter c type int',
  'later alter a type int',
  'computed alter a type int',
  'computed alter b type text',
  'computed alter c type int',
  'referenced alter id type int',
  'referencing alter id type int',
  'referencing alter a type varchar(20)',
  'parted alter b type varchar(20)',
  'parted alter b type varchar(10)',
  'parted alter c type varchar(20)',
  'parted alter d type varchar(20)',
  'parted alter e type varchar(20)',
  'base alter a type varchar(20)',
  'base alter b type varchar(20)',
  'base alter c type varchar(10)',
  'base alter d type bigint',
])('what Postgres does again is told: alter table %s', async (command) => {
  const sql = `alter table ${command}`
  const { migrations } = await judge([pendingSql(sql)], facts)
  const effects = migrations.flatMap((migration) => migration.effects)
  expect({
    scans: effects.some(({ scans }) => scans),
    rewrites: effects.some(({ rewrites }) => rewrites),
  }).toEqual(await withConnection(url, (client) => observe(client, sql)))
  expect(effects.flatMap(({ breaks }) => breaks).filter(({ what }) => what === 'read')).toEqual(
    command.includes('text[]') ? [expect.anything()] : [],
  )
})

test('the size of a child counts where it is worked on', async () => {
  const { migrations } = await judge([pendingSql('alter table base alter b type varchar(20)')], facts)
  expect(migrations[0]?.effects[0]).toMatchObject({ work: 'scan', sources: ['child'] })
})
