import { beforeAll, expect, test } from 'vitest'
import { createKnownDatabase } from '../../test/support/known-database.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import type { Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const setup = `
  create table items (id bigint primary key, code varchar(20) not null, note text);
  create table bare (id int, note text);
  create type pair as (a int, b text);
  create table pairs of pair;
  create type mood as enum ('sad', 'glad');
  create table people (feeling mood not null default 'sad', feelings mood[]);
  create table filled (id int generated always as identity, a int not null default 1, n serial);
  create view seen as select id, note from bare;
  create view noted as select id, note from bare;
  create view moods as select feeling as mood from people;
  create table sent (id int primary key, note text);
  create table whole (id int primary key, note text);
  alter table whole replica identity full;
  create publication feed for table sent, whole;
  create publication news for table items with (publish = 'insert');
  create table logs (id bigint not null, day date not null) partition by range (day);
  create table logs_old partition of logs for values from ('2020-01-01') to ('2021-01-01');
  grant select on items to public;
  create domain code as int default 1;
  create domain needed_code as int not null default 1;
  create domain loose_code as int default 1;
  create domain bare_code as int;
  create table coded (id int primary key, code code not null, needed needed_code, loose loose_code, own loose_code not null default 2, bare bare_code not null);
  create schema app; create schema shared;
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
  create function refuse_some() returns trigger language plpgsql as $$ begin if new.id > 5 then raise exception 'no'; end if; return new; end $$;
  create function refuse_none() returns trigger language plpgsql as $$ begin return new; raise exception 'no'; end $$;
  create table kept (id int primary key);
  alter table kept enable row level security;
  create policy everybody on kept using (true);
  create table app.users (id int primary key, mail text, note text);
  grant usage on schema shared to public;`

const server = sharedPostgres()
let facts: Facts
beforeAll(async () => {
  ;({ facts } = await createKnownDatabase(server, setup))
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
  ...["'sad', 'glad', 'calm'", "'glad'"].flatMap((labels): [string, boolean][] => [
    [
      `alter type mood rename to mood_old; create type mood as enum (${labels}); alter table people alter feeling drop default,
        alter feeling type mood using feeling::text::mood, alter feelings type mood[] using feelings::text[]::mood[], alter feeling set default 'glad'; drop type mood_old`,
      labels === "'glad'",
    ],
    [
      `create type mood_new as enum (${labels}); alter table people alter feeling drop default, alter feeling type mood_new using
        feeling::text::mood_new, alter feelings type mood_new[] using feelings::text[]::mood_new[], alter feeling set default 'glad';
        alter type mood rename to mood_old; alter type mood_new rename to mood; drop type mood_old`,
      labels === "'glad'",
    ],
    [
      `create type mood_new as enum (${labels}); alter table people alter feeling type mood_new using feeling::text::mood_new,
        alter feelings type mood_new[] using feelings::text[]::mood_new[]; drop type mood; alter type mood_new rename to mood`,
      labels === "'glad'",
    ],
  ]),
  ['alter type mood rename to mood_old', true],
  ['drop policy everybody on kept', true],
  ['drop policy everybody on kept; alter table kept disable row level security', false],
  ['drop policy everybody on kept; alter table items disable row level security', true],
  ['alter table filled alter a drop default', true],
  ['alter table filled alter a set default null', true],
  ['alter table filled alter a set default null::int', true],
  ['alter table filled alter a drop default; alter table filled alter a set default null', true],
  ['alter table filled alter a drop default; alter table filled alter a drop not null', false],
  ['alter table filled alter a drop default, alter a drop not null', false],
  ['alter table filled alter id drop identity, alter id drop not null', false],
  [
    'alter table filled alter id drop identity; alter table filled alter id add generated by default as identity',
    false,
  ],
  [
    'alter table filled alter n drop default; drop sequence filled_n_seq; alter table filled alter n add generated by default as identity',
    false,
  ],
  [
    'alter table filled alter n drop default; alter sequence filled_n_seq rename to s; drop sequence s; alter table filled alter n add generated by default as identity',
    true,
  ],
  [
    'drop view seen; alter table bare alter note type varchar; create view seen as select id, note from bare',
    false,
  ],
  ['drop view seen; alter table bare alter note type varchar; create view seen as select id from bare', true],
  [
    'alter table bare rename id to x; alter table bare rename note to id; alter table bare rename x to note',
    true,
  ],
  [
    'alter table bare add more text; alter table bare rename note to old; alter table bare rename more to note',
    false,
  ],
  [
    'alter table bare add more int; alter table bare rename note to old; alter table bare rename more to note',
    true,
  ],
  ['alter table bare rename id to old; alter table bare add id bigint', false],
  ['alter table items rename code to old; alter table items add code varchar(20)', true],
  ['alter table bare rename to raw; create view bare as select id, note from raw', false],
  ['alter table bare rename to raw; create view bare as select note, id, 1 as more from raw', false],
  ['alter table bare rename to raw; create view bare as select id from raw', true],
  ["alter table bare rename to raw; create view bare as select id, note || '' as note from raw", true],
  ['alter table bare rename to raw; create view bare as select distinct id, note from raw', true],
  [
    'alter table bare rename note to remark; alter table bare rename to raw; create view bare as select id, remark as note from raw',
    false,
  ],
  [
    'alter table bare rename to raw; alter table raw rename note to remark; create view bare (id, note) as select id, remark from raw',
    false,
  ],
  [
    'alter table bare rename note to remark; alter table bare rename to raw; create view bare as select * from raw',
    true,
  ],
  [
    'alter table items rename code to old; alter table items add code varchar(20); alter table items rename to raw; create view items as select id, code, note from raw',
    true,
  ],
  ['alter table bare rename to raw; alter table raw rename to bare', false],
  [
    'alter table bare rename to raw; alter table raw rename to coarse; create view bare as select * from coarse',
    false,
  ],
  ['alter table bare set schema app; create view bare as select * from app.bare', false],
  ['alter table bare set schema public', false],
  ['alter table filled set schema public', false],
  ['alter table filled set schema app; create view filled as select * from app.filled', true],
  [
    'create table fresh (like bare including all); alter table bare rename to raw; alter table fresh rename to bare',
    false,
  ],
  [
    'create table fresh (id int, note text, more int not null); alter table bare rename to raw; alter table fresh rename to bare',
    true,
  ],
  [
    'create table fresh (id int, note text, more int not null default 1); alter table bare rename to raw; alter table fresh rename to bare',
    false,
  ],
  ['alter table bare rename to raw; alter table sent rename to bare', true],
  [
    'create table fresh (like filled); alter table filled rename to raw; alter table fresh rename to filled',
    true,
  ],
  [
    'create table fresh (like filled including all); alter table filled rename to raw; alter table fresh rename to filled',
    false,
  ],
  ['do $$ begin if true then alter table bare rename note to remark; end if; end $$', true],
  [
    'do $$ begin if true then alter table bare rename note to remark; end if; end $$; alter table bare add column if not exists note text',
    true,
  ],
  ['do $$ begin if true then alter table bare rename to raw; end if; end $$', true],
  ['do $$ begin alter table bare rename to raw; create table bare (id int); end $$', true],
  ['do $$ begin drop table bare; create table bare (id int, note text); end $$', false],
  ['do $$ begin create table fresh (id int); alter table fresh rename id to n; end $$', false],
  ['drop table bare; create table bare (id int, note text, more text)', false],
  ['drop table bare; create table bare (id int)', true],
  ['drop view noted; create view noted as select id, upper(note) as note from bare', false],
  ['drop view noted; create view noted as select id from bare', true],
  ['drop view noted; create view noted as select id, 1 as note from bare', true],
  ['drop view noted; create view noted as select id, true as note from bare', true],
  ["drop view noted; create view noted as select 0 as id, 'none' as note from bare", false],
  ['drop view noted; create view noted as select id::bigint, note::varchar(20) from bare', false],
  ['drop view noted; create view noted as select id, note::int from bare', true],
  ["drop view moods; create view moods as select 'sad'::public.mood as mood", false],
  ["drop view moods; create view moods as select 'sad' as mood", true],
]

test('what is put right after the transaction is broken before', async () => {
  expect(await breaks('alter table bare rename id to x; commit; alter table bare rename x to id', true)).toBe(
    true,
  )
})

const ifSo = (sql: string) => `do $$ begin if exists (select) then ${sql}; end if; end $$`

test.each([
  [ifSo('alter table items rename note to remark'), true],
  [ifSo('alter table items drop note'), true],
  [ifSo('alter table bare rename to raw'), true],
  [ifSo('drop table bare'), true],
  [ifSo('drop view noted'), true],
  [`${ifSo('alter table items drop note')}; alter table items add note text`, true],
  [ifSo('alter table items add more text'), false],
])('what a condition decides is not counted on: %s', async (sql, expected) => {
  expect(await breaks(sql, true)).toBe(expected)
})

test.each(together)('in one transaction: %s', async (sql, expected) => {
  expect(await breaks(sql, true)).toBe(expected)
})

const apart: readonly (readonly [sql: string, breaks: boolean])[] = [
  ['alter table items rename note to remark; alter table items rename remark to note', true],
  ['alter table logs_old rename to logs_first', false],
  ['alter type pair alter attribute b type varchar cascade', false],
  ['alter table items alter code type varchar(5) using code::varchar(5)', false],
  ['alter table items alter code type varchar(5) using left(code, 5)', true],
  ['alter type pair alter attribute b type date cascade', true],
  ['alter table logs rename to diary', true],
  ['alter domain code drop default', true],
  ['alter domain code set default null', true],
  ['alter domain code set default 2', false],
  ['alter domain needed_code drop default', true],
  ['alter domain loose_code drop default', false],
  ['alter domain bare_code drop default', false],
  ['alter table coded alter code drop not null; alter domain code drop default', false],
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
  ['create trigger no before insert on bare for each row execute function refuse()', true],
  ['create trigger no before delete or truncate on bare execute function refuse()', true],
  [
    'create trigger no before insert on bare for each row when (new.note is not null) execute function refuse()',
    false,
  ],
  [
    'create trigger no before insert on items for each row when (new.code is not null) execute function refuse()',
    true,
  ],
  ['create trigger no before insert on bare for each row execute function refuse_some()', false],
  ['create trigger no before insert on bare for each row execute function refuse_none()', false],
  [
    "create function f() returns trigger language plpgsql as $$ begin raise notice 'x'; raise 'no' using errcode = '42501'; return new; end $$; create trigger no before update on bare for each row execute function f()",
    true,
  ],
  ['create table fresh (id int); create trigger no before insert on fresh execute function refuse()', false],
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

test.each([
  ['enable row level security; create policy p on items using (id = 1)', true],
  ['enable row level security; create policy p on items for select using (true)', true],
  ['enable row level security; create policy p on items using (true)', false],
  [
    'enable row level security; create policy a on items using (true); create policy p on items using (id = 1)',
    false,
  ],
])('rows that a new policy hides are told: alter table items %s', async (sql, hides) => {
  const { migrations } = await judge([pendingSql(`alter table items ${sql}`, { transaction: true })], facts)
  expect(migrations[0]?.effects.some(({ tightens }) => tightens?.includes('rows of items') === true)).toBe(
    hides,
  )
})
