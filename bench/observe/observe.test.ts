import { expect, test } from 'vitest'
import type { Truth } from '../accuracy/case.ts'
import { observeAll } from './observe-all.ts'
import { withScratch } from './scratch.ts'

const setup = `
  create table owners (id bigint primary key, name varchar(20));
  create table items (id bigint primary key, owner_id bigint, note text, price numeric(10, 2) not null default 1 check (price >= 0));
  create unique index items_note on items (note);
  create table logs (day date not null, line text) partition by range (day);
  create table logs_january partition of logs for values from ('2026-01-01') to ('2026-02-01');
  create view cheap as select id from items where price < 5;`

interface Expectation {
  readonly sql: string
  readonly truth: Partial<Truth>
}

const [shared, exclusive] = ['ShareLock', 'AccessExclusiveLock']
const expectations: readonly Expectation[] = [
  {
    sql: 'alter table items add column kept integer',
    truth: { locks: { items: exclusive }, scan: false, rewrite: false, breaks: [], unsafe: false },
  },
  {
    sql: 'alter table owners add column token uuid default gen_random_uuid()',
    truth: { rewritten: ['owners'], index_rebuild: ['owners_pkey'], scanned: ['owners'], unsafe: true },
  },
  {
    sql: 'create index on items (price)',
    truth: {
      locks: { items: shared },
      scanned: ['items'],
      blocking: [{ kind: 'scan', rel: 'items', under: { items: shared } }],
      unsafe: true,
    },
  },
  {
    sql: 'create index concurrently on items (price)',
    truth: { locks: { items: 'ShareUpdateExclusiveLock' }, scan: true, blocking: [], unsafe: false },
  },
  {
    sql: 'alter table items drop column note',
    truth: { breaks_old_code: true, loses_data: true, data: ['column items.note'], unsafe: true },
  },
  {
    sql: 'drop index items_note',
    truth: { breaks_old_code: false, breaks_on_conflict: ['items on conflict (note)'], unsafe: false },
  },
  {
    sql: 'alter table items alter column owner_id set not null',
    truth: { scanned: ['items'], breaks_old_code: false, unsafe: true },
  },
  {
    sql: 'alter table items alter column price drop default',
    truth: { breaks_old_code: true, scan: false, unsafe: true },
  },
  {
    sql: "update items set note = note || '!'",
    truth: {
      blocking: [{ kind: 'mass_dml', rel: 'items', under: {} }],
      data: ['values changed: items.note'],
      unsafe: true,
    },
  },
  { sql: "update items set note = 'x' where id = 5", truth: { blocking: [], scan: false, unsafe: false } },
  {
    sql: 'alter table owners alter column name type varchar(3) using left(name, 3)',
    truth: { rewrite: true, breaks_old_code: true, loses_data: true },
  },
  { sql: 'drop view cheap', truth: { breaks_old_code: true, loses_data: false, unsafe: true } },
  { sql: 'alter table logs alter column line set not null', truth: { scanned: ['logs_january'] } },
  {
    sql: 'begin; create index concurrently on items (price); commit',
    truth: { outcome: 'error', unsafe: true },
  },
  { sql: 'vacuum items', truth: { outcome: 'ok', unsafe: false } },
  {
    sql: "do $$ begin update items set note = 'x' where id = 5; commit; end $$",
    truth: { outcome: 'ok', locks: { items: 'RowExclusiveLock' } },
  },
]

test('a real Postgres shows what statements do', async () => {
  const cases = expectations.map(({ sql }) => ({
    id: sql,
    source: '',
    setup_sql: setup,
    sql,
    in_transaction: false,
  }))
  const truths = await withScratch((scratch) => observeAll(cases, scratch))
  for (const { sql, truth } of expectations) expect([sql, truths.get(sql)]).toMatchObject([sql, truth])
})

test('a schema that cannot be made is told of', async () => {
  const given = {
    id: 'a',
    source: '',
    setup_sql: 'create tabel x ()',
    sql: 'select 1',
    in_transaction: false,
  }
  const truths = await withScratch((scratch) => observeAll([given], scratch))
  expect(truths.get('a')).toMatch(/its schema cannot be made: .*syntax error/)
})
