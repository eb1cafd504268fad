import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import {
  observeLocks,
  relationFiles,
  strongerLock,
  type ObservedLocks,
} from '../../test/support/observed-locks.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { lockedSchema } from '../../test/support/locked-schema.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts } from '../postgres/facts.ts'
import { lockModes, type Effect, type LockMode } from './effect.ts'
import { judge } from './verdict.ts'

/** Statements that Postgres is made to run, in a transaction: what it does must be what the judgement says. */
const statements: readonly string[] = [
  'alter table t rename constraint pid_later to pid_old; alter table t drop constraint pid_old',
  'create unique index fresh on t (v); alter table t drop constraint t_pkey, add constraint t_id unique using index fresh',
  'alter index t_pkey rename to t_id; alter table t drop constraint t_id',
  'alter table t rename v to w; alter table t drop column w',
  'alter table t rename a to x; alter table t rename v to a; alter table t drop column a',
  'alter table t rename v to w; alter table t add column v text; alter table t drop column v',
  'alter table t rename to u; alter table u drop constraint a_there',
  'alter table ancestor rename constraint shared to common',
  'alter table ancestor rename constraint alone to single',
  'alter table ancestor validate constraint shared',
  'alter table ancestor validate constraint alone',
  'alter table only ancestor drop constraint shared',
  'alter table only ancestor drop constraint alone',
  'alter table only ancestor drop column a',
  'alter index if exists no_such rename to n',
  'drop trigger if exists t on no_such',
  'create index on lone3 (id)',
  'alter table lone3 add unique (id)',
  'update pt set name = id where k = 5',
  'update pt set name = id where k >= 600 and id = 7',
  'update pt set name = id where k > 600',
  'update pt set name = id where k < 0',
  'update pt set name = id where k in (5, 700)',
  'update pt set name = id where k in (5, id)',
  'update pt set name = t.id from t where pt.k = t.a',
  'delete from pt where k = 9000',
  "delete from queues where name = 'sms'",
  "delete from queues where name = 'push'",
  "delete from queues where name in ('mail', 'push')",
  "delete from queues where name > 'mail'",
  "insert into pt values (1, 5, 'x'), (2, 700, 'x')",
  "insert into pt (name, k, id) values ('x', 9000, 1)",
  "insert into queues (n, name) values (1, 'mail')",
  'insert into t (id, a) values (100000, 1)',
  'insert into t (id, a, pid) values (100000, 1, 1)',
  'alter statistics st set statistics 50',
  'update t set note = 1 where id is null',
  'update t set note = 1 where false',
  'alter publication feed set table parent',
  'alter table if exists missing rename a to b',
  'alter sequence if exists missing increment 2',
  'alter table np add constraint key foreign key (id) references parent (id) not valid; alter table np drop constraint key',
  'drop type mood cascade',
  'alter table queues detach partition queues_mail; drop table queues_mail',
  'alter table lone3 add constraint whole check (id > 0)',
  'alter table lone3 add constraint own check (id > 0) no inherit',
  'alter table only lone3 drop column id',
  'alter table lone3 disable trigger all',
  'truncate only lone3',
  'update lone3 set id = 2 where id = 1',
  'update only lone3 set id = 2 where id = 1',
  'update pt set name = id',
  'analyze pt',
  'update t set pid = 1 where id = 1',
  'alter materialized view mv set (autovacuum_enabled = false)',
  'alter type comp rename attribute x to y cascade',
  'create table x as table t with no data',
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
  'alter type comp alter attribute x type bigint cascade',
  'alter table t alter v type varchar(40)',
  'alter table doubted alter note type text',
  'alter table doubted alter note type varchar(40)',
  'alter table t alter v type text using v::text',
  'alter table t alter v type varchar(10)',
  'alter table t alter n type numeric(12, 2)',
  'alter table t alter n type numeric(12, 3)',
  'alter table t alter note type varchar',
  'alter table t alter id type int',
  'alter table numbered alter id type int',
  'alter table numbered set unlogged',
  'alter table numbered owner to other',
  'alter table pt add unique (id, k)',
  'alter table pt add primary key (id, k)',
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
  'create table p3 partition of pt for values from (3000) to (4000)',
  'alter table pt attach partition pnew for values from (3000) to (4000)',
  'alter table pt detach partition p1',
  'alter table orders attach partition orders_bare for values from (10) to (20)',
  'alter table orders attach partition orders_keyed for values from (10) to (20)',
  'alter table orders attach partition orders_deep for values from (10) to (20)',
  'alter table orders detach partition orders_1',
  'alter table regions detach partition regions_1',
  'drop table orders_1',
  'alter table pt add c int',
  'alter table pt drop name',
  'alter table pt alter name set not null',
  'alter table pt rename name to label',
  'alter table pt rename to other',
  'create index on pt (id)',
  'drop index pt_name',
  'drop table p1',
  'drop table pt',
  'truncate pt',
  'truncate parent cascade',
  'alter table t drop pid',
  'alter table t drop constraint pid_later',
  'alter table sites drop constraint sites_region_fkey',
  'alter table sites drop column region',
  'drop table sites',
  'drop table parent cascade',
  'alter table t set unlogged',
  'alter table t set access method heap',
  'alter table t set (fillfactor = 70)',
  'alter table t enable row level security',
  'alter table t owner to other',
  'alter table t inherit lone4',
  'alter table child no inherit lone3',
  'alter table lone3 add c int',
  'alter table t cluster on t_pkey',
  'cluster t using t_pkey',
  'cluster t using t_code',
  'cluster np using np_id',
  'cluster calling using calling_g',
  'cluster mv using mv_id',
  'cluster p1 using p1_name_idx',
  'alter table t cluster on t_code; cluster t',
  'alter table t cluster on t_code',
  'alter table np cluster on np_id, alter a set default 1',
  'alter table p1 cluster on p1_name_idx',
  'alter table t cluster on t_code; alter table t set without cluster',
  'truncate lone3',
  'truncate lone3 cascade',
  'truncate ancestor',
  'truncate only ancestor',
  'truncate descendant cascade',
  'truncate elsewhere.kept cascade',
  'truncate kin cascade',
  'truncate only kin cascade',
  'truncate only kin',
  'truncate kin, kin_of',
  'truncate kin_child cascade',
  'truncate kin restart identity cascade',
  'truncate kin_of restart identity',
  'truncate regions cascade',
  'truncate regions_1 cascade',
  'truncate orders',
  'reindex table t',
  'reindex index t_code',
  'alter index t_code rename to t_code2',
  'alter table t_code rename to t_code2',
  'alter index t_code set (fillfactor = 70)',
  'alter table t rename constraint a_there to a_here',
  'alter table numbered alter id set generated always',
  'alter table numbered alter id restart with 10000',
  'alter table numbered alter id drop identity',
  'alter table numbered drop n',
  'drop table numbered',
  'drop sequence parent_seq cascade',
  'alter sequence parent_seq restart with 1000',
  'alter sequence numbered_n_seq owned by none; alter table numbered drop column n',
  'alter sequence numbered_n_seq owned by none; drop table numbered',
  'alter sequence spare owned by lone2.id; alter table lone2 drop column id',
  'alter sequence spare owned by public.lone2.id; drop table lone2',
  'alter sequence parent_seq rename to other_seq',
  "select setval('parent_seq', 10)",
  "select setval(pg_get_serial_sequence('\"numbered\"', 'n'), coalesce(max(id), 1)) from numbered",
  'explain update t set a = 1',
  'explain delete from pt where k = 5',
  'explain insert into numbered (b) values (1)',
  'explain (analyze) insert into numbered (b) values (1)',
  'explain (analyze false) insert into numbered (b) values (1)',
  'explain select * from t for update',
  'update owners set id = 9 where id = 1',
  'reindex (concurrently false) index t_code',
  "reindex (concurrently 'off', verbose) table t",
  'drop view cheap',
  'drop function five() cascade',
  'refresh materialized view mv with no data',
  'drop owned by other',
  'reassign owned by other to postgres',
  'reindex table untold',
  'drop view calling_view cascade',
  'drop materialized view calling_kept cascade',
  'alter table calling drop g cascade',
  'drop table base cascade',
  'alter table base drop a cascade',
  'drop collation sorting cascade',
  'drop schema elsewhere cascade',
  'update shown set a = 1 where number = 5',
  "update shown_again set word = 'x'",
  "update parted set n = 1 where name = 'sms'",
  "delete from shown_again where word = 'none'",
  'insert into shown (number, a) values (-1, 1)',
  "insert into parted values ('mail', 1)",
  'lock table shown_again in share mode',
  'lock table joined in exclusive mode',
  'lock table parted in access exclusive mode',
  'create view fresh as select * from base; update fresh set a = 1 where id = 5',
  'create view fresh as select * from shown; lock table fresh',
  'create or replace view shown as select id as number, a, v from lone5; lock table shown_again in share mode',
  'alter view cheap rename to cheaper',
  'alter view cheap set (security_barrier = true)',
  'refresh materialized view mv',
  'refresh materialized view concurrently mv',
  'drop materialized view mv',
  'drop trigger tr on t',
  'alter trigger tr on t rename to tr2',
  'alter table t disable trigger tr',
  'drop policy pol on t',
  'alter policy pol on t using (false)',
  'create policy pol2 on t using (true)',
  'drop rule ru on np',
  'alter table np disable rule ru',
  'create rule ru2 as on update to np do also select 1',
  'create rule ru2 as on update to np do also insert into seen values (new.id)',
  'delete from top_level where id = 5',
  'create statistics st2 on a, pid from t',
  'drop statistics st',
  'create publication pb for table t',
  'alter type comp add attribute y int cascade',
  'alter type mood rename to feeling',
  "alter type mood add value 'ok'",
  'drop type comp cascade',
  'alter domain positive add constraint small check (value < 1000000)',
  'alter domain positive set not null',
  'alter domain positive drop constraint positive_check',
  'create schema x; alter table t set schema x',
  'delete from parent where id = -1',
  'merge into parent p using np on p.id = np.id when matched then update set code = 1',
  "set local timezone = 'UTC'; alter table stamps alter at type timestamptz",
  "set local timezone = 'Asia/Tokyo'; alter table stamps alter at type timestamptz",
]

const server = sharedPostgres()
let url: string
let indexes: ReadonlySet<string>
beforeAll(async () => {
  url = await server.createDatabase()
  await withConnection(url, async (client) => {
    await client.query(lockedSchema)
    indexes = new Set(
      (await relationFiles(client)).filter(({ kind }) => /i/i.test(kind)).map(({ name }) => name),
    )
  })
})

test.each(statements)('%s', async (sql) => {
  const facts = await withConnection(url, readFacts)
  const { migrations } = await judge([pendingSql(sql)], facts)
  const effects = migrations[0]?.effects ?? []
  const observed = await withConnection(url, (client) => observeLocks(client, sql)).catch(unlessTooNew)
  if (observed === 'too new') return expect(effects.some(({ fails }) => fails !== null)).toBe(true)
  expect(expectedLocks(effects)).toEqual(significant(observed.locks))
  const rewritten = effects.filter(({ rewrites }) => rewrites).map(({ relation }) => relation)
  // TRUNCATE and WITH NO DATA take a new file, and write nothing.
  if (!/^truncate|with no data/.test(sql)) expect([...new Set(rewritten)].sort()).toEqual(observed.rewritten)
})

test.each([
  ['alter table doubted alter note type text', []],
  [
    'alter table doubted validate constraint short; alter table doubted alter note type text',
    ['doubted', 'doubted'],
  ],
])('a CHECK that was never validated is not read again: %s', async (sql, scanned) => {
  const facts = await withConnection(url, readFacts)
  const { migrations } = await judge([pendingSql(sql)], facts)
  const effects = migrations.flatMap((migration) => migration.effects)
  expect(effects.flatMap(({ scans, relation }) => (scans ? [relation] : []))).toEqual(scanned)
})

test.each([
  ['alter table t alter a set not null', false],
  ['alter table t rename a to x; alter table t alter x set not null', false],
  ['alter table t rename a to x; alter table t rename note to a; alter table t alter a set not null', true],
  [
    'create unique index fresh on t (a); alter table t drop constraint t_pkey, add primary key using index fresh',
    false,
  ],
  [
    'create unique index fresh on t (note); alter table t drop constraint t_pkey, add primary key using index fresh',
    true,
  ],
  ['alter table np rename id to code; alter table np add primary key using index np_id', false],
  [
    'alter table np rename id to old; alter table np rename a to id; create unique index fresh on np (id); alter table np add primary key using index fresh',
    true,
  ],
])('what is known of a column goes with its name: %s', async (sql, scans) => {
  const facts = await withConnection(url, readFacts)
  const { migrations } = await judge([pendingSql(sql)], facts)
  const effects = migrations.flatMap((migration) => migration.effects)
  expect(effects.some((effect) => effect.scans && effect.work === 'scan')).toBe(scans)
  await withConnection(url, async (client) => {
    const messages: string[] = []
    client.on('notice', ({ message }) => messages.push(message ?? ''))
    await client.query('set client_min_messages = debug1')
    await client.query(`begin; ${sql}; rollback`)
    expect(messages.some((one) => one.includes('verifying'))).toBe(scans)
  })
})

/** An older Postgres does not know every statement: that too has to be judged. */
function unlessTooNew(error: unknown): 'too new' {
  if (error instanceof pg.DatabaseError && error.code === '42601') return 'too new'
  throw error
}

function expectedLocks(effects: readonly Effect[]): Record<string, LockMode> {
  const locks: Record<string, LockMode> = {}
  for (const { relation, lock } of effects) {
    const name = relation.replace(/^public\./, '')
    if (lock !== null && name !== '') locks[name] = strongerLock(locks[name], lock)
  }
  return significant(locks)
}

// Reading takes a weak lock on everything that is looked at on the way, and writing one on every index.
function significant(locks: ObservedLocks['locks']): Record<string, LockMode> {
  const weakest = (name: string) => (indexes.has(name) ? 'SHARE UPDATE EXCLUSIVE' : 'ROW EXCLUSIVE')
  return Object.fromEntries(
    Object.entries(locks).filter(
      ([name, mode]) => lockModes.indexOf(mode) >= lockModes.indexOf(weakest(name)),
    ),
  )
}
