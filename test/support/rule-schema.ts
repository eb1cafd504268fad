const setup = `
  create table users (id bigint primary key);
  insert into users select generate_series(1, 500);
  create table items (id bigint not null, code text, note text, price int not null default 1, owner_id bigint, hidden boolean);
  insert into items select i, i, i, i, i, false from generate_series(1, 500) i;
  create view cheap_items as select * from items where price < 5;
  create extension btree_gist;
  create materialized view item_counts as select owner_id, count(*) as n from items group by 1;
  create unique index on item_counts (owner_id);
  create table events (year int not null) partition by range (year);
  create table events_2026 (year int not null);
  insert into events_2026 select 2026 from generate_series(1, 500);
  create domain positive as int;
  create table counts (n positive);
  insert into counts select generate_series(1, 500);
  create type mood as enum ('sad', 'ok');
  create function twice(n integer) returns integer language sql immutable as 'select 2 * n';
  create table bookings (during tstzrange);
  insert into bookings select tstzrange(now() + i * interval '1 hour', now() + i * interval '1 hour') from generate_series(1, 500) i;`

/** The role of the app, which does not own the tables. */
const app = `
  do $$ begin if not exists (select from pg_roles where rolname = 'app') then create role app; end if; end $$;
  grant all on all tables in schema public to app;
  alter default privileges grant all on tables to app;
  alter default privileges grant all on sequences to app;`

/** What an example takes for there, by what it says. */
const needed: readonly (readonly [RegExp, string])[] = [
  [/^(?![\s\S]*primary key \(id\))/i, 'alter table items add primary key (id)'],
  [
    /(drop|reindex) index (concurrently )?items_code|using index items_code/i,
    'create unique index items_code on items (code)',
  ],
  [
    /^alter table items validate constraint/i,
    'alter table items add constraint price_positive check (price > 0) not valid',
  ],
  [/on (items )?\(code, owner_id\)/i, 'create unique index items_code on items (code)'],
  // The columns that views show cannot change their type.
  [/ type /i, 'drop view cheap_items'],
  [/drop column/i, 'drop view cheap_items'],
]

/** Whether an example refuses a transaction: it stands alone, unless that is what is wrong with it. */
export function standsAlone(example: string): boolean {
  return /index concurrently|vacuum/i.test(example)
}

/** The SQL that makes the schema in which the example of a rule can run. */
export function schemaOfExample(example: string): string {
  return [setup, app, ...needed.filter(([says]) => says.test(example)).map(([, sql]) => `${sql};`)].join('\n')
}
