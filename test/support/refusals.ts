import { beforeAll, expect, test } from 'vitest'
import { withConnection } from '../../src/postgres/connection.ts'
import type { Facts } from '../../src/postgres/facts.ts'
import { judge } from '../../src/safety/verdict.ts'
import { createKnownDatabase } from './known-database.ts'
import { pendingSql } from './pending-sql.ts'
import { sharedPostgres } from './shared-postgres.ts'

const setup = `
  create type mood as enum ('sad', 'glad');
  create table items (id bigint primary key, code text not null, price int not null default 1, note text, feeling mood);
  create index items_code on items (code);
  create materialized view counts as select code, count(*) as n from items group by 1;
  create table logs (id bigint not null, day date not null) partition by range (day);
  create table logs_old partition of logs for values from ('2020-01-01') to ('2021-01-01');
  create function price(item bigint, text, cut numeric default 0) returns numeric language sql as 'select 1.0';
  create function pair(in a int, out b int, out c text) language sql as $$ select 1, 'x' $$;
  create function listed(int) returns table (id bigint, name text) language plpgsql as $$ begin return; end $$;
  create schema other;
  create function other.price(item bigint) returns numeric language sql as 'select 1.0';
  create table alone (id bigint not null, day date not null);
  create table base (id int primary key, label text not null);
  create table child (extra int) inherits (base);
  create table lookalike (id int not null, label text not null);
  create table stranger (id int not null, label varchar not null);
  create type shape as (x int);
  create table shapes of shape;
  create index logs_day on logs (day);
  create table queues (name text primary key) partition by list (name);
  create table queues_mail partition of queues for values in ('mail', 'sms');
  create table queues_rest partition of queues default;
  create table shards (id int) partition by hash (id);
  create table shards_0 partition of shards for values with (modulus 4, remainder 1);
  create table numbers (id int generated always as identity, free int, used int default 5);
  create table made (a int, b int generated always as (a + 1) stored, c int);
  create sequence spare owned by numbers.free;
  create table shown (id int primary key, b varchar(10), c int);
  create view shows as select id, b from shown;
  create view shows_more as select b from shows;
  create view shows_most as select b from shows_more;
  create table strict (id int generated always as identity, made int generated always as (1) stored, plain int not null default 1,
    code int primary key, extra int not null);
  create table told (k int not null unique, v text);
  alter table told replica identity using index told_k_key;
  create table held (x int, y text);
  create table holders (h held, many held[]);
  create table watched (a int, b varchar(10), c varchar(10), d varchar(10));
  create function noticed() returns trigger language plpgsql as 'begin return new;end';
  create trigger on_b before update on watched for each row when (old.b is distinct from new.b) execute function noticed();
  create trigger on_c before update of c on watched for each row execute function noticed();
  create policy on_d on watched using (d = 'x');
  create table owners (id int primary key, code int);
  create table pets (id int primary key, owner int references owners deferrable initially deferred, note text,
    second int references owners deferrable);
  insert into owners values (1, 1), (2, 2), (3, 3);
  insert into pets values (1, 1, 'x', 1), (2, 2, 'y', 2);
  create view cheap as select id, price from items;
  create view ruled as select 1 as x;
  create trigger touched before update on items for each row execute function suppress_redundant_updates_trigger();
  create table stock (a int constraint positive check (a > 0) constraint own check (a < 9) no inherit);
  create table heir () inherits (stock);
  create view totals as select count(*) from items;
  create view totals_again as select * from totals;
  create function five() returns int language sql as 'select 5';
  create function five(int) returns int language sql as 'select 5';
  create table calling (id int default five());
  create schema holding; create function holding.one() returns int language sql as 'select 1';
  create schema typing; create type typing.state as enum ('on');
  create schema empty;
  create extension citext; create extension pg_trgm; create extension hstore; create extension btree_gist;
  create table worded (word citext, phrase text, held hstore[]); create index on worded using gin (phrase gin_trgm_ops);
  create function heldby(h hstore) returns int language sql as 'select 1';
  create extension "uuid-ossp"; create table keyed (id uuid default uuid_generate_v4());
  create extension pgcrypto; create view hashed as select digest('x', 'md5') as x;
  create extension fuzzystrmatch; create table likened (a text check (soundex(a) <> ''));
  create extension unaccent; create role refused_one; create publication everything for table items;
  create domain counted as int; create statistics on_items on code, note from items;
  create policy seen on items using (true);
  create procedure done(int) language sql as 'select 1';
  create table kin (a int); create table kin_child (b int primary key) inherits (kin);
  create table kin_of (b int references kin_child);
  create collation sorting (locale = 'C'); create table sorted (name text collate sorting);`

/** Tests that Postgres refuses of these statements just those that the judgement says will fail. */
export function compareRefusals(statements: readonly string[]): void {
  const server = sharedPostgres()
  let url: string
  let facts: Facts
  beforeAll(async () => {
    ;({ url, facts } = await createKnownDatabase(server, setup))
  })

  /** Whether Postgres runs the statements, each in a transaction of its own; nothing of what they do stays. */
  async function runs(sql: string): Promise<boolean> {
    return withConnection(await server.createDatabase(new URL(url).pathname.slice(1)), async (client) => {
      try {
        for (const statement of sql.split('; ')) await client.query(statement)
        return true
      } catch {
        return false
      }
    })
  }

  test.each(statements)('Postgres refuses what the judgement says will fail: %s', async (sql) => {
    const { migrations } = await judge([pendingSql(sql, { transaction: false })], facts)
    const refused = migrations[0]?.effects.some(({ fails }) => fails !== null)
    expect(refused).toBe(!(await runs(sql)))
  })
}
