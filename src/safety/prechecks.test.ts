import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts } from '../postgres/facts.ts'
import { withPrechecks } from './prechecks.ts'
import { judge } from './verdict.ts'

const setup = `
  create table users (id bigint primary key);
  create table items (id bigint primary key, code text, note text, price int, owner_id bigint, "Odd Name" int);
  insert into users values (1), (2);
  insert into items values (1, 'a', 'x', 1, 1, 1), (2, 'a', null, -1, 2, 1), (3, 'b', null, 3, 9, null), (4, null, '', 4, null, null);
  create table noisy (id bigint, note text); create function shout() returns trigger language plpgsql as 'begin return new; end';
  create trigger shout after insert on noisy for each row execute function shout();
  create function is_old(text) returns bool stable language sql as 'select $1 is null'; create view all_items as select * from items;
  create table years (year int, note text) partition by list (year); create table year_1 partition of years for values in (1);
  insert into years values (1, null);
  create table amounts (exact numeric(8, 2), word varchar(10), at timestamp, rough double precision, span interval);
  insert into amounts values (1.5, 'ab', '2020-01-01', 0.5, '1 day'), (2, 'abc', null, 3, '2 days');
  create table large (id bigint, note text); insert into large select i, 'x' from generate_series(1, 2000) i;
  alter table items add constraint later check (price > 0) not valid;
  alter table items add constraint owner_later foreign key (owner_id) references users not valid;`

const server = sharedPostgres()
let url: string
beforeAll(async () => {
  url = await server.createDatabase()
  await withConnection(url, (client) => client.query(setup))
})

// With a budget that lets every table pass, only the data speaks.
async function checked(
  sql: string,
  ask: (client: pg.Client) => Promise<void> = () => Promise.resolve(),
  { timeout = 5, lockBudget = 60 } = {},
) {
  return withConnection(url, async (client) => {
    const facts = await readFacts(client)
    const judgement = await judge([pendingSql(sql, { transaction: false, singleQuery: false })], facts, {
      lockBudget,
    })
    await ask(client)
    const { verdict, migrations } = await withPrechecks(client, judgement, facts, { timeout })
    const findings = migrations.flatMap((migration) => migration.findings)
    return {
      verdict,
      messages: findings.filter(({ rule }) => rule === 'data-violates').map(({ message }) => message),
      findings,
    }
  })
}

describe('rows in the way make the statement fail, and are counted', () => {
  test.each([
    ['alter table items alter note set not null', 'items has rows with a NULL in note: 2'],
    ['alter table items alter "Odd Name" set not null', 'items has rows with a NULL in "Odd Name": 2'],
    ['alter table items add unique (code)', 'items has values of (code) that more than one row holds: 1'],
    [
      "alter table items add u text default 'x' not null unique",
      'items has rows beside the first that the same default is for: 3',
    ],
    [
      'create unique index concurrently i on items (code)',
      'items has values of (code) that more than one row holds: 1',
    ],
    [
      'alter table items add constraint k foreign key (owner_id) references users',
      'items has rows without their row in users: 1',
    ],
    ['alter table items validate constraint owner_later', 'items has rows without their row in users: 1'],
    [
      "alter table items add constraint k check (price > 0 and note <> ')')",
      'items has rows that violate k: 1',
    ],
    ['alter table items validate constraint later', 'items has rows that violate later: 1'],
  ])('%s', async (sql, message) => {
    const { verdict, messages } = await checked(sql)
    expect(messages).toEqual([expect.stringContaining(`It would fail. ${message}`)])
    expect(verdict).toBe('unsafe')
  })
})

describe('data that fits', () => {
  test.each([
    'alter table items alter id set not null',
    'alter table items add unique (price)',
    'create unique index i on items (code) where id > 2',
    'create index i on items (code)',
    'alter table items add constraint k check (price > -5)',
    'create table t (a int); alter table t alter a set not null',
    'alter table items add column c int; alter table items add constraint k check (c > 0)',
  ])('%s', async (sql) => {
    expect((await checked(sql)).messages).toEqual([])
  })
})

test('data that a statement before may mend is a note', async () => {
  const { verdict, messages } = await checked(
    "update items set note = '' where id = 2; alter table items alter note set not null",
  )
  expect(messages).toEqual([expect.stringContaining('It fails unless the statements before mend the data.')])
  expect(verdict).toBe('safe')
})

test('a question that is not answered in time is noted, with the question', async () => {
  const { findings, verdict } = await checked(
    'alter table items add constraint k check (pg_sleep(0.5) is not null)',
    undefined,
    { timeout: 0.05 },
  )
  expect(findings.filter(({ rule }) => rule === 'precheck-not-answered')).toMatchObject([
    { severity: 'note', message: expect.stringContaining('was not answered in time') as string },
  ])
  expect(verdict).toBe('safe')
})

test('a question in names that the data does not have yet is noted, with the question', async () => {
  const renamed = ['alter table items rename price to cost', 'alter table items rename to goods']
  const { findings } = await checked(
    `${renamed[0]}; alter table items add check (cost > 5); ${renamed[1]}; alter table goods add unique (code)`,
  )
  const notes = findings.filter(({ rule }) => rule === 'precheck-not-answered')
  expect(notes.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Whether items has .* was not asked: a statement before it renames/),
    expect.stringMatching(/^Whether goods has .* was not asked: a statement before it renames/),
  ])
  const fresh = await checked('alter table items add x int; alter table items add check (x > 5)')
  expect(fresh.findings.filter(({ rule }) => rule === 'precheck-not-answered')).toEqual([])
})

test('what was asked is listed, and what there was no time for is counted', async () => {
  const sql = 'alter table items alter note set not null; alter table items alter price set not null'
  await withConnection(url, async (client) => {
    const facts = await readFacts(client)
    const judgement = await judge([pendingSql(sql)], facts)
    const asked = await withPrechecks(client, judgement, facts)
    expect(asked).toMatchObject({
      unasked: 0,
      prechecks: [
        { table: 'items', rows: 2 },
        { table: 'items', rows: 0 },
      ],
    })
    expect(await withPrechecks(client, judgement, facts, { budget: 0 })).toMatchObject({
      unasked: 2,
      prechecks: [],
    })
  })
})

test.each([
  ['delete from items where note is null; alter table items alter note set not null', 'note'],
  ["do $$ begin execute 'x' || 'y'; end $$; alter table items alter note set not null", 'note'],
])('rows that may be mended are a note: %s', async (sql, severity) => {
  const { findings } = await checked(sql)
  expect(findings.find(({ rule }) => rule === 'data-violates')).toMatchObject({ severity })
})

describe('rows that a condition chooses are counted: few are not many', () => {
  async function changed(sql: string) {
    const { verdict, findings } = await checked(sql, undefined, { lockBudget: 0 })
    const spoken = findings.filter(({ rule }) => ['change-many-rows', 'lose-rows'].includes(rule))
    return { verdict, spoken: spoken.map(({ rule, severity, message }) => [rule, severity, message]) }
  }

  test.each([
    [
      `update items set note = 'y' where note is null`,
      [
        'change-many-rows',
        'It changes 2 rows of items, counted now with select from items where note is null',
      ],
    ],
    [
      `update only items as i set note = 'where' where i.code = 'b' -- one
      returning id`,
      [
        'change-many-rows',
        "It changes one row of items, counted now with select from only items i where i.code = 'b' -- one",
      ],
    ],
    [
      `update items set note = 'x' where note is null
         and price < 2`,
      [
        'change-many-rows',
        'It changes one row of items, counted now with select from items where note is null and price < 2',
      ],
    ],
    [
      `delete from public.items where items.code = 'none'`,
      [
        'lose-rows',
        "It removes no row of public.items, counted now with select from public.items where items.code = 'none'",
      ],
    ],
  ])('%s', async (sql, [rule, message]) => {
    const { verdict, spoken } = await changed(sql)
    expect(spoken).toContainEqual([rule, 'note', message])
    expect(verdict).toBe('safe')
  })

  test.each([
    ['every row is changed', `update items set note = ''`],
    ['many are', 'update large set note = id where id > 1'],
    [
      'another table takes part',
      'update items set note = null from users where users.id = owner_id and price > 3',
    ],
    ['another table is asked', 'update items set note = null where owner_id in (select id from users)'],
    ['it cannot be told', `update items set note = 'x' where code::int > 5`],
    ['it calls a function of the project', `update items set note = 'x' where is_old(note)`],
    [
      'triggers may have changed them',
      `insert into noisy values (1, 'x'); update items set price = 0 where note is null`,
    ],
    [
      'a partition of it was changed',
      `update year_1 set note = null where note = 'x'; update years set year = 1 where note is null`,
    ],
    [
      'what it is a partition of was changed',
      `update years set note = null where note = 'x'; update year_1 set year = 1 where note is null`,
    ],
    ['it is different each time', 'update items set note = null where random() < 0.1'],
    [
      'a statement before changed them',
      `update items set code = null where id = 1; update items set note = 'z' where code is null`,
    ],
    [
      'a statement before made them',
      'alter table items add column size int; update items set size = 0 where size is null',
    ],
    [
      'the table was another',
      'alter table items rename to things; alter table users rename to items; update items set code = 1 where code is null',
    ],
    [
      'nobody knows what ran before',
      `do $$ begin execute 'x' || 'y'; end $$; update items set note = 'y' where note is null`,
    ],
    [
      'it writes in a hidden place',
      'with gone as (delete from large where id > 0 returning id) update items set price = 0 where price is null',
    ],
  ])('not where %s: %s', async (_, sql) => {
    const { spoken } = await changed(sql)
    expect(spoken.at(-1)?.slice(0, 2)).toEqual(['change-many-rows', 'unsafe'])
  })
})

describe('what a new type cuts is counted: nothing is lost where no value changes', () => {
  test.each([
    ['alter table amounts alter exact type numeric(8, 1)', ['note']],
    ['alter table amounts alter exact type numeric(8, 0)', ['unsafe']],
    ['alter table amounts alter exact type numeric(8, 0) using floor(exact)', ['unsafe']],
    ['alter table amounts alter exact type numeric(8, 1) using trunc(exact, 1)', ['note']],
    ['alter table amounts alter exact type int using exact::int', ['unsafe']],
    ['alter table amounts alter exact type double precision', ['note']],
    ['alter table amounts alter exact type numeric(8, 1), alter rough type int', ['note', 'unsafe']],
    ['alter table amounts alter rough type real', ['note']],
    ['alter table amounts alter word type varchar(2) using word::varchar(2)', ['unsafe']],
    ['alter table amounts alter word type varchar(3) using word::varchar(3)', ['note']],
    ['alter table amounts alter word type varchar(20) using word::varchar(2)', ['unsafe']],
    ['alter table amounts alter word type varchar(2)', []],
    ['alter table amounts alter at type date', ['note']],
    ['alter table amounts alter at type date using at::date', ['note']],
    ['alter table amounts alter at type time using at::time', ['unsafe']],
    ['alter table amounts alter span type interval day', ['note']],
    ['alter table amounts alter span type interval month', ['unsafe']],
    ["update amounts set exact = 1 where word = 'ab'; alter table amounts alter exact type int", ['unsafe']],
  ])('%s', async (sql, severities) => {
    const { findings } = await checked(sql)
    const cut = findings.filter(({ rule }) => rule === 'cut-values')
    expect(cut.map(({ severity }) => severity)).toEqual(severities)
  })

  test('and the report says how it was counted', async () => {
    const { findings, verdict } = await checked('alter table amounts alter at type date')
    expect(findings.map(({ message }) => message)).toContain(
      'It rounds or cuts no value of amounts.at, counted now with select from amounts where at is distinct from (at)::date::timestamp without time zone',
    )
    expect(verdict).toBe('safe')
  })

  test('a shorter type that holds every value is safe, with a note for those to come', async () => {
    const { findings, verdict } = await checked(
      'alter table amounts alter word type varchar(3) using word::varchar(3)',
    )
    expect(verdict).toBe('safe')
    expect(findings.find(({ rule }) => rule === 'tightens-writes')?.message).toContain(
      'values of amounts.word that fit character varying(10), but not character varying(3)',
    )
  })
})

test('rows that are lost are lost, however few', async () => {
  const { verdict, findings } = await checked(`delete from items where code = 'a'`, undefined, {
    lockBudget: 0,
  })
  expect(findings).toMatchObject([
    { rule: 'lose-rows', severity: 'unsafe' },
    {
      rule: 'change-many-rows',
      severity: 'note',
      message: expect.stringContaining('It removes 2 rows') as string,
    },
  ])
  expect(verdict).toBe('unsafe')
})

test('a table that the role may not read is said so, without its rows', async () => {
  await withConnection(url, (client) =>
    client.query(`create role plain login; create table private (id int)`),
  )
  const sql = 'alter table private alter id set not null'
  const message = 'could not be asked, because the role of the connection may not read it'
  const found = await withConnection(url.replace('postgres@', 'plain@'), async (client) => {
    const facts = await readFacts(client)
    return withPrechecks(client, await judge([pendingSql(sql)], facts), facts)
  })
  expect(found.migrations[0]?.findings.map((finding) => finding.message).join()).toContain(message)
})

test('a table that somebody keeps locked is said so', async () => {
  const sql = 'alter table items alter note set not null'
  const { findings } = await withConnection(url, async (other) =>
    checked(sql, async () => {
      await other.query('begin; lock table items')
    }),
  )
  expect(findings.map((finding) => finding.message).join()).toContain('because somebody keeps items locked')
})

test('a database that goes away is one clear message', async () => {
  await expect(
    checked('alter table items alter note set not null', (client) => client.end()),
  ).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('The database went away') as string,
  })
})
