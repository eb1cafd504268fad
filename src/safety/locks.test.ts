import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../test/support/postgres.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts } from '../postgres/facts.ts'
import { lockModes, type Effect, type LockMode } from './effect.ts'
import { judge } from './verdict.ts'

const rows = 500

const setup = `
  create table parent (id bigint primary key, code int);
  create table t (id bigint primary key, a int, b int not null default 0, v varchar(20), n numeric(10, 2), pid bigint, note text);
  create table np (id int not null, a int);
  create type mood as enum ('sad');
  create domain positive as int check (value > 0);
  insert into parent select i, i from generate_series(1, ${rows}) i;
  insert into t select i, i, i, i, i, i, i from generate_series(1, ${rows}) i;
  insert into np select i, i from generate_series(1, ${rows}) i;
  alter table t add constraint a_there check (a is not null);
  alter table t add constraint b_later check (b is not null and b >= 0) not valid;
  alter table t add constraint pid_later foreign key (pid) references parent (id) not valid;
  create unique index t_code on t (v);
  create unique index np_id on np (id);
  create table lone (id int);
  create view cheap as select id from np;
  analyze;`

/** Statements that Postgres is made to run, in a transaction: what it does must be what the judgement says. */
const statements: readonly string[] = [
  'create table x (id int primary key, p bigint references parent (id))',
  'create table x (id int primary key); create index on x (id); insert into x select id from t',
  'create table x as select * from t',
  'alter table t add c int',
  'alter table t add c int not null default 5',
  'alter table t add c timestamptz not null default now()',
  'alter table t add c uuid default gen_random_uuid()',
  'alter table t add c bigserial',
  'alter table t add c int generated always as identity',
  'alter table t add c int generated always as (a * 2) stored',
  'alter table t add c int unique',
  'alter table t add c int check (c > 0)',
  'alter table t add c int references parent (id)',
  'alter table t add c bigint default 1 references parent (id)',
  'alter table t add c mood',
  'alter table t add c positive',
  'alter table t add column if not exists a int',
  'alter table t drop column note',
  'alter table t rename note to remark',
  'alter table t rename to u; create view t as select * from u',
  'alter table t alter a set not null',
  'alter table t alter note set not null',
  'alter table t alter b set not null',
  'alter table t alter b drop not null',
  'alter table t alter b drop default',
  'alter table t alter a set default 1',
  'alter table t alter v type varchar(40)',
  'alter table t alter v type text using v::text',
  'alter table t alter v type varchar(10)',
  'alter table t alter n type numeric(12, 2)',
  'alter table t alter n type numeric(12, 3)',
  'alter table t alter note type varchar',
  'alter table t alter id type int',
  'alter table t alter note set statistics 100',
  'alter table t add constraint k check (b > -1)',
  'alter table t add constraint k check (b > -1) not valid',
  'alter table t validate constraint b_later',
  'alter table t validate constraint a_there',
  'alter table np add foreign key (id) references parent (id)',
  'alter table np add foreign key (id) references parent (id) not valid',
  'alter table t add unique (a)',
  'alter table t add unique using index t_code',
  'alter table np add primary key (id)',
  'alter table np add primary key using index np_id',
  'alter table t drop constraint a_there',
  'create index i on t (a)',
  'create unique index i on t (a)',
  'create index if not exists t_code on t (v)',
  'create index on only t (a)',
  'drop index t_code',
  'drop table lone',
  'insert into parent values (-1, 1)',
  'update t set note = null where id = 5',
  'update t set note = null',
  'delete from np',
  "comment on table t is 'x'",
  "comment on column t.a is 'x'",
  'lock table t in share mode',
  'create or replace view cheap as select id from np where id < 3',
  'create trigger x before insert on t for each row execute function suppress_redundant_updates_trigger()',
  'alter table t replica identity full',
  'analyze t',
  'select * from t for update',
]

interface Observed {
  readonly locks: Readonly<Record<string, LockMode>>
  readonly rewritten: readonly string[]
}

let server: Awaited<ReturnType<typeof startPostgres>>
let url: string
beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase()
  await withConnection(url, (client) => client.query(setup))
})
afterAll(() => server.close())

test.each(statements)('%s', async (sql) => {
  const facts = await withConnection(url, readFacts)
  const { migrations } = await judge([pendingSql(sql)], facts)
  const effects = migrations[0]?.effects ?? []
  const observed = await withConnection(url, (client) => observe(client, sql))
  expect(expectedLocks(effects)).toEqual(observed.locks)
  const rewritten = effects.filter(({ rewrites }) => rewrites).map(({ relation }) => relation)
  expect([...new Set(rewritten)].sort()).toEqual(observed.rewritten)
})

function expectedLocks(effects: readonly Effect[]): Record<string, LockMode> {
  const locks: Record<string, LockMode> = {}
  for (const { relation, lock } of effects) {
    const name = relation.replace(/^public\./, '')
    if (lock !== null && name !== '') locks[name] = stronger(locks[name], lock)
  }
  return significant(locks)
}

function stronger(a: LockMode | undefined, b: LockMode): LockMode {
  return a !== undefined && lockModes.indexOf(a) > lockModes.indexOf(b) ? a : b
}

// Reading takes a weak lock on everything that is looked at on the way.
function significant(locks: Record<string, LockMode>): Record<string, LockMode> {
  return Object.fromEntries(Object.entries(locks).filter(([, mode]) => lockModes.indexOf(mode) > 1))
}

/** Runs the statement in a transaction that is rolled back, and looks at what it holds and what it wrote anew. */
async function observe(client: pg.Client, sql: string): Promise<Observed> {
  const before = await files(client)
  await client.query('begin')
  await client.query(sql)
  const held = await client.query<{ oid: number; mode: string }>(
    `select relation::int8::float8 as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
  )
  const after = new Map((await files(client)).map(({ oid, file }) => [oid, file]))
  await client.query('rollback')
  const locks: Record<string, LockMode> = {}
  for (const { oid, mode } of held.rows) {
    const name = before.find((relation) => relation.oid === oid)?.name
    if (name !== undefined) locks[name] = stronger(locks[name], modeName(mode))
  }
  const rewritten = before.filter(({ oid, file }) => after.has(oid) && after.get(oid) !== file && file !== 0)
  return { locks: significant(locks), rewritten: rewritten.map(({ name }) => name).sort() }
}

async function files(client: pg.Client) {
  const { rows: found } = await client.query<{ oid: number; name: string; file: number }>(
    `select oid::int8::float8 as oid, relname as name, relfilenode::int8::float8 as file from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')`,
  )
  return found
}

/** 'AccessExclusiveLock' is ACCESS EXCLUSIVE. */
function modeName(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/([a-z])([A-Z])/g, '$1 $2')
  return words.toUpperCase() as LockMode
}
