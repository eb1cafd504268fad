import { beforeAll, describe, expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { withConnection } from '../../postgres/connection.ts'
import { readFacts } from '../../postgres/facts.ts'
import { withPrechecks } from '../prechecks.ts'
import { judge } from '../verdict.ts'

const setup = `
  create extension btree_gist;
  create type mood as enum ('good', 'bad');
  create domain amount as int; create domain small_amount as amount;
  create table users (id bigint primary key);
  insert into users values (1), (2);
  create table items (id bigint primary key, title text, code text, note text, price numeric(10, 2), size bigint, gone bool,
    "Odd, Name" text, feeling text, total amount, totals amount[], part small_amount);
  insert into items values
    (1, 'Red', 'a', null, 1.5, 1, false, 'x', 'good', 1, '{1,2}', 5),
    (2, 'red', 'b', null, 1234.25, 3000000000, false, 'x', 'fine', -1, '{3,-4}', 50),
    (3, 'Blue', '12', 'same', 3, 3, true, 'y', 'bad', 2, null, null),
    (4, 'blue', ' 34 ', 'same', 4, 4, true, 'z', null, null, null, -5);
  alter domain amount add constraint positive check (value > 0) not valid;
  create table codes (a int, b int, unique (a, b)); insert into codes values (1, 1), (2, 2);
  create table uses (id int, a int, b int); insert into uses values (1, 1, 1), (2, 1, 2), (3, null, 7), (4, null, null);
  alter table uses add constraint later_full foreign key (a, b) references codes (a, b) match full not valid;
  create table bookings (room int, during int4range, cancelled bool default false);
  insert into bookings values (1, '[1,5)', false), (1, '[4,6)', false), (2, '[1,9)', false), (1, '[2,3)', true);
  create table parent (id int, note text); create table child () inherits (parent);
  insert into parent values (1, 'p'); insert into child values (1, null);
  create table days (day date, shop int) partition by range (day, shop);
  create table days_old partition of days for values from ('2020-01-01', minvalue) to ('2021-01-01', minvalue);
  create table days_new (day date, shop int);
  insert into days_new values ('2021-05-05', 1), ('2022-05-05', 1), (null, 1), ('2021-12-31', null);
  create table days_rest partition of days default;
  insert into days values ('2023-03-03', 1), ('2023-03-04', 9);
  create table regions (region text) partition by list (region);
  create table regions_north (region text); insert into regions_north values ('n'), ('s'), (null);
  create table shares (id int) partition by hash (id);
  create table shares_0 (id int); insert into shares_0 select generate_series(1, 8);
  create table years (day date) partition by range (extract(year from day));
  create table years_2020 (day date); insert into years_2020 values ('2020-02-02'), ('2019-02-02');
  create table members (id int primary key) partition by list (id);
  create table members_1 partition of members for values in (1); create table members_2 partition of members for values in (2);
  create table fees (member int references members); insert into members values (1), (2); insert into fees values (1), (1), (null);
  create table sums (fee int references users) partition by list (fee);
  create table sums_new (fee int, check (fee is not null and fee in (1, 7))); insert into sums_new values (1), (7);`

const server = sharedPostgres()
let url: string
beforeAll(async () => {
  url = await server.createDatabase()
  await withConnection(url, (client) => client.query(setup))
})

/** What the data says, and what Postgres says to the statement itself. */
async function compare(sql: string): Promise<{ found: string[]; error: string | null }> {
  return withConnection(url, async (client) => {
    const pending = pendingSql(sql, { transaction: false, singleQuery: false })
    const facts = await readFacts(client)
    const judged = await withPrechecks(client, await judge([pending], facts, { lockBudget: 60 }), facts)
    const found = judged.migrations
      .flatMap(({ findings }) => findings)
      .flatMap(({ rule, message }) => (rule === 'data-violates' ? [message] : []))
    return { found, error: await failureOf(client, sql) }
  })
}

async function failureOf(
  client: { query(sql: string): Promise<unknown> },
  sql: string,
): Promise<string | null> {
  await client.query('begin')
  try {
    await client.query(sql.replaceAll(' concurrently', ''))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await client.query('rollback')
  }
}

describe('rows in the way are found where Postgres refuses the statement', () => {
  test.each([
    [
      'create unique index i on items (lower(title))',
      'values of (lower(title)) that more than one row holds: 2',
    ],
    ['create unique index concurrently i on items ((id % 2))', 'more than one row holds'],
    ['create unique index i on items ("Odd, Name" text_pattern_ops desc)', 'more than one row holds: 1'],
    [
      'create unique index i on items (lower(title) collate "C" text_pattern_ops desc) where (not gone);',
      'holds: 1',
    ],
    ['create unique index i on items (note) nulls not distinct', 'holds: 2'],
    ['alter table items add unique nulls not distinct (note)', 'holds: 2'],
    ['create unique index i on items (note) where note is not null', 'holds: 1'],
    [
      'alter table uses add constraint k foreign key (a, b) references codes (a, b)',
      'rows without their row in codes: 1',
    ],
    [
      'alter table uses add constraint k foreign key (a, b) references codes (a, b) match full',
      'rows without their row in codes, or with only a part of the key: 2',
    ],
    ['alter table uses validate constraint later_full', 'only a part of the key: 2'],
    [
      'alter table bookings add constraint e exclude using gist (room with =, during with &&) where (not cancelled)',
      'pairs of rows that e excludes: 1',
    ],
    ['alter table bookings add exclude using gist (during with &&)', 'excludes: 5'],
    ["alter table items add constraint k check (coalesce(note, 'x') ~ '^x' and (price > 0))", 'violate k: 2'],
    ['alter table items add check (10 / (id - 1) > 0)', 'at least one, where it divides by zero'],
    ['alter table parent alter note set not null', 'rows with a NULL in note: 1'],
    ['alter table days_new alter day drop not null, add primary key (shop)', 'rows with a NULL in shop: 1'],
    ['alter domain amount set not null', 'rows with a NULL in'],
    [
      'alter domain amount add constraint large check (value <> 2)',
      'rows that violate large with their total: 1',
    ],
    ['alter domain amount validate constraint positive', 'rows that violate positive with their total: 1'],
    ['alter domain small_amount add check (value < 10)', 'with their part: 1'],
    ['alter table items alter title type varchar(3)', 'rows whose title is longer than 3 characters: 2'],
    ['alter table items alter title type char(3)', 'longer than 3 characters: 2'],
    ['alter table items alter size type int', 'rows whose size is no integer: 1'],
    [
      'alter table items alter price type smallint using (price * 1000)::smallint',
      'a number is out of range',
    ],
    ['alter table items alter price type numeric(4, 1)', 'a number is out of range'],
    ['alter table items alter code type int using code::int', 'rows whose code'],
    ['alter table items alter code type int using cast(code as int)', 'rows whose code'],
    ['alter table items alter feeling type mood using feeling::mood', 'rows whose feeling'],
    ["alter table items alter note type date using to_date(note, 'YYYY')", 'rows whose note becomes no date'],
    [
      "alter table days attach partition days_new for values from ('2021-01-01', minvalue) to ('2022-01-01', minvalue)",
      'bound of the partition: 3',
    ],
    [
      "create table days_2023 partition of days for values from ('2023-01-01', 1) to ('2023-03-04', 5)",
      'rows that belong into the new partition: 1',
    ],
    [
      "alter table regions attach partition regions_north for values in ('n', 'e')",
      'bound of the partition: 2',
    ],
    [
      'alter table shares attach partition shares_0 for values with (modulus 4, remainder 0)',
      'bound of the partition: ',
    ],
    ['alter table members detach partition members_1', 'rows that point at a row of members_1: 2'],
    ['alter table sums attach partition sums_new for values in (1, 7)', 'rows without their row in users: 1'],
    [
      'alter table years attach partition years_2020 for values from (2020) to (maxvalue)',
      'bound of the partition: 1',
    ],
  ])('%s', async (sql, message) => {
    const { found, error } = await compare(sql)
    expect(error).not.toBeNull()
    expect(found[0]).toContain(message)
  })
})

describe('rows that fit are no finding, as Postgres takes the statement', () => {
  test.each([
    'create unique index i on items (lower(title)) where (gone and id = 3)',
    'create unique index i on items (note)  where note is null',
    'create unique index i on items (lower(title), id)',
    'create unique index i on parent (id)',
    'alter table parent add unique (id)',
    'alter table uses add foreign key (a) references users (id)',
    'alter table bookings add exclude using gist (room with =, during with &&) where (room = 2)',
    'alter table items alter title type varchar(4)',
    'alter table items alter title type varchar(3) using substr(title, 1, 3)',
    'alter table items alter price type numeric(6, 2)',
    'alter table items alter code type text using upper(code)',
    'alter table members detach partition members_2',
    "alter table regions attach partition regions_north for values in ('n', 's', null)",
    'alter table years attach partition years_2020 for values from (minvalue) to (2021)',
    "create table days_2024 partition of days for values from ('2024-01-01', minvalue) to ('2025-01-01', minvalue)",
    'alter domain small_amount add check (value > -10)',
  ])('%s', async (sql) => {
    expect(await compare(sql)).toEqual({ found: [], error: null })
  })
})
