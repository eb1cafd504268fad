import type pg from 'pg'
import { expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from './connection.ts'
import { fingerprint, readSchema, schemaDifference } from './fingerprint.ts'

const server = sharedPostgres()

const shop = `
  create extension if not exists plpgsql;
  create schema shop;
  create type shop.mood as enum ('sad', 'ok');
  create domain shop.amount as int check (value > 0);
  create sequence shop.numbers increment 2;
  create table users (id bigint primary key, name text not null collate "C");
  create table shop.items (
    id bigint generated always as identity primary key, owner bigint references users, mood shop.mood default 'ok',
    price shop.amount, total int generated always as (1 + 1) stored, note text
  );
  create index items_note on shop.items (lower(note)) where note is not null;
  create view cheap as select id from shop.items where price < 10;
  create materialized view rich as select id from shop.items where price > 10;
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger touched before update on shop.items for each row execute function touch();
  alter table shop.items enable row level security;
  create policy own on shop.items for select using (owner = 1);
  create table parts (id int, day date) partition by range (day);
  create table parts_2024 partition of parts for values from ('2024-01-01') to ('2025-01-01');
  create statistics shop.st on owner, price from shop.items;
  create rule quiet as on delete to users do instead nothing;`

async function withSchema<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = await server.createDatabase()
  return withConnection(url, async (client) => {
    await client.query(shop)
    return use(client)
  })
}

const print = async (client: pg.Client) => fingerprint(await readSchema(client))

test('two databases that were made alike have the same fingerprint', async () => {
  const [first, second] = [await withSchema(print), await withSchema(print)]
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(second).toBe(first)
})

test.each([
  ['a column', 'alter table users add email text', 'alter table users drop email'],
  ['a table', 'create table x (id serial primary key)', 'drop table x'],
  ['a default', 'alter table users alter name set default 1', 'alter table users alter name drop default'],
  ['a label', "alter type shop.mood add value 'great'", null],
  ['an index', 'create index concurrently i on users (name)', 'drop index concurrently i'],
  [
    'a constraint',
    'alter table users add constraint k check (id > 0) not valid',
    'alter table users drop constraint k',
  ],
  [
    'NOT NULL',
    'alter table shop.items alter note set not null',
    'alter table shop.items alter note drop not null',
  ],
  ['a policy', 'create policy p on users using (true)', 'drop policy p on users'],
  [
    'the body of a function',
    'create or replace function touch() returns trigger language plpgsql as $$ begin return old; end $$',
    null,
  ],
  [
    'a trigger that is off',
    'alter table shop.items disable trigger touched',
    'alter table shop.items enable trigger touched',
  ],
  ['a sequence', 'alter sequence shop.numbers increment 3', 'alter sequence shop.numbers increment 2'],
  ['an option', 'alter table users set (fillfactor = 70)', 'alter table users reset (fillfactor)'],
])('%s changes it, and undoing that brings it back', async (_, change, undo) => {
  await withSchema(async (client) => {
    const before = await print(client)
    await client.query(change)
    expect(await print(client)).not.toBe(before)
    if (undo === null) return
    await client.query(undo)
    expect(await print(client)).toBe(before)
  })
})

test.each([
  ['rows', 'insert into users values (1, 1)'],
  ['the position of a sequence', "select nextval('shop.numbers')"],
  ['privileges', 'grant select on users to public'],
  ['comments', "comment on table users is 'x'"],
  ['statistics', 'analyze'],
])('%s do not matter', async (_, change) => {
  await withSchema(async (client) => {
    const before = await print(client)
    await client.query(change)
    expect(await print(client)).toBe(before)
  })
})

test('the gap that a dropped column leaves does not matter, the order of the columns does', async () => {
  const make = (sql: string) =>
    server.createDatabase().then((url) =>
      withConnection(url, async (client) => {
        await client.query(sql)
        return readSchema(client)
      }),
    )
  const plain = await make('create table t (a int, b int)')
  const gap = await make('create table t (a int, x int, b int); alter table t drop x')
  const swapped = await make('create table t (b int, a int)')
  expect(fingerprint(gap)).toBe(fingerprint(plain))
  expect(fingerprint(swapped)).not.toBe(fingerprint(plain))
  expect(schemaDifference(plain, swapped)).toEqual([
    '- column order public.t a, b',
    '+ column order public.t b, a',
  ])
})

test('an invalid index shows', async () => {
  await withSchema(async (client) => {
    await client.query(`insert into users values (1, 'x'), (2, 'x')`)
    const before = await readSchema(client)
    await expect(client.query('create unique index concurrently i on users (name)')).rejects.toThrow()
    const after = await readSchema(client)
    expect(schemaDifference(before, after)).toEqual([
      '+ index public.i CREATE UNIQUE INDEX i ON public.users USING btree (name) invalid',
    ])
  })
})

test('the difference is for people: parts of whole tables are left out', async () => {
  await withSchema(async (client) => {
    const before = await readSchema(client)
    await client.query(`create table "Odd name" (id int primary key); alter table users add email text, alter name type varchar(9);
      drop table parts`)
    expect(schemaDifference(before, await readSchema(client))).toEqual([
      '- column public.users.name text collate "C" not null',
      '- table public.parts partition by RANGE (day)',
      `- table public.parts_2024 inherits public.parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
      '+ column public.users.email text',
      '+ column public.users.name character varying(9) not null',
      '+ table public."Odd name"',
    ])
  })
})

test('tables of others can be left out', async () => {
  await withSchema(async (client) => {
    const before = await print(client)
    await client.query('create table schema_migrations (version text primary key)')
    expect(fingerprint(await readSchema(client, { ignore: ['schema_migrations'] }))).toBe(before)
  })
})

test('reading leaves the session as it was', async () => {
  await withSchema(async (client) => {
    await readSchema(client)
    const { rows } = await client.query<{ path: string }>(`select current_setting('search_path') as path`)
    expect(rows[0]?.path).toBe('"$user", public')
    await client.query('create table still_writes (a int)')
  })
})

test('5,000 tables are read in seconds', async () => {
  const url = await server.createDatabase()
  await withConnection(url, async (client) => {
    await client.query(`do $$ begin for i in 1..5000 loop
      execute format('create table t%s (id int primary key, a text, b text not null default 1)', i);
      if i % 500 = 0 then commit; end if; end loop; end $$`)
    const start = performance.now()
    const schema = await readSchema(client)
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(schema.objects.filter(({ kind }) => kind === 'table')).toHaveLength(5000)
  })
})
