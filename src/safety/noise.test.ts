import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { largeTables } from '../../test/support/large-tables.ts'
import { createKnownDatabase } from '../../test/support/known-database.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import type { PendingMigration } from '../migrations/types.ts'
import { withConnection } from '../postgres/connection.ts'
import type { Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const text = (name: string) => readFileSync(new URL(`noise/${name}.sql`, import.meta.url), 'utf8')

const server = sharedPostgres()
let url: string
let facts: Facts
beforeAll(async () => {
  ;({ url, facts } = await createKnownDatabase(server, text('schema')))
})

/** The migrations of a file: each begins with a comment that names it, and says 'outside' when it needs no transaction. */
function migrationsOf(name: string): PendingMigration[] {
  return text(name)
    .split(/^-- (?=[^\n]*\n(?!$))(?!Create|Add|Alter)/m)
    .slice(1)
    .map((part) => {
      const [id = '', ...lines] = part.split('\n')
      const transaction = !id.endsWith(' outside')
      return pendingSql(lines.join('\n'), { id, transaction, singleQuery: transaction })
    })
}

/** What is found beyond notes. */
async function complaints(pending: readonly PendingMigration[], known?: Facts): Promise<string[]> {
  const { migrations } = await judge(pending, known, { lockBudget: 1 })
  return migrations
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity !== 'note')
    .map(({ migration, rule, sql, message }) => `${migration}: ${rule}: ${sql ?? ''}: ${message}`)
}

/** Runs migrations on a copy of the database, as their framework would. */
async function run(pending: readonly PendingMigration[]): Promise<void> {
  await withConnection(await server.createDatabase(new URL(url).pathname.slice(1)), async (client) => {
    for (const { sql, transaction } of pending) {
      const statements = transaction ? [sql ?? ''] : (sql ?? '').split(/(?<=;)\n/)
      for (const statement of statements) await client.query(statement)
    }
  })
}

describe.each(['django', 'rails', 'prisma', 'alembic', 'by-hand'])('what is typical of %s', (name) => {
  const pending = migrationsOf(name)

  test('runs', async () => {
    expect(pending.length).toBeGreaterThan(1)
    await run(pending)
  })

  test('is safe, whatever the size of the tables that are there', async () => {
    expect(await complaints(pending, largeTables(facts))).toEqual([])
  })
})

test.each(['django', 'rails', 'prisma', 'alembic'])(
  'what is typical of %s is safe without a database',
  async (name) => {
    expect(await complaints(migrationsOf(name))).toEqual([])
  },
)

test('of what is written by hand, only the index that goes is in doubt without a database', async () => {
  expect(await complaints(migrationsOf('by-hand'))).toEqual([
    expect.stringContaining('whether orders_state_idx is unique, only the database can tell'),
  ])
})

describe('what the database knows', () => {
  // A statement, and the bytes of each table.
  test.each([
    ['alter table customers alter city type varchar(40)', 1e9],
    ['alter table customers alter city type text', 1e9],
    ['create index customers_city on customers (city)', 20e6],
    ['create unique index customers_city on customers (city)', 16_384],
    ['alter table customers add constraint customers_phone_key unique (phone)', 20e6],
    ['alter table customers alter phone set not null', 20e6],
    ['alter table orders add foreign key (seller_id) references customers (id)', 20e6],
    ['alter table orders add check (id > 0)', 20e6],
    ['update customers set age = 1', 20e6],
    ['alter table customers alter age type bigint', 20e6],
    ['alter table customers add column n uuid default gen_random_uuid()', 20e6],
    ["alter type mood add value if not exists 'sad'", 1e9],
    ['alter table customers drop column if exists nothing', 1e9],
    ['alter type leftover rename attribute a to c', 1e9],
    ['alter type leftover drop attribute a, alter attribute b type bigint', 1e9],
    ['drop table if exists nothing', 1e9],
    ["alter table days attach partition days_next for values from ('2021-01-01') to ('2022-01-01')", 20e6],
  ])('makes it safe: %s', async (sql, bytes) => {
    expect(await complaints([pendingSql(sql)], largeTables(facts, bytes))).toEqual([])
  })
})

/** What takes a site down most often, and the rule that says so. */
const dangers: readonly (readonly [rule: string, sql: string])[] = [
  ['create-index', 'create index on orders (total)'],
  ['create-index', 'create unique index orders_total on orders (total)'],
  ['create-index', 'create index if not exists orders_total on orders using btree (total desc)'],
  ['concurrently-in-transaction', 'create index concurrently orders_total on orders (total)'],
  ['concurrently-in-transaction', 'drop index concurrently orders_state_idx'],
  ['reindex', 'reindex table orders'],
  ['add-required-column', 'alter table orders add column note text not null'],
  ['add-column-volatile-default', 'alter table orders add column token uuid default gen_random_uuid()'],
  [
    'add-column-volatile-default',
    'alter table orders add column at timestamptz not null default clock_timestamp()',
  ],
  ['add-column-numbered', 'alter table orders add column number serial'],
  ['add-column-numbered', 'alter table orders add column number bigint generated always as identity'],
  [
    'add-column-generated',
    'alter table orders add column twice numeric generated always as (total * 2) stored',
  ],
  ['add-column-unique', 'alter table orders add column slug text unique'],
  ['add-column-foreign-key', 'alter table orders add column lab bigint default 1 references customers (id)'],
  ['add-column-check', 'alter table orders add column stars int default 1 check (stars > 0)'],
  ['drop-column', 'alter table orders drop column state cascade'],
  ['drop-column', 'alter table customers drop column if exists phone'],
  ['rename-column', 'alter table customers rename column phone to telephone'],
  ['rename-table', 'alter table orders rename to purchases'],
  ['rename-object', 'alter table orders set schema archive'],
  ['drop-table', 'drop table orders cascade'],
  ['set-not-null', 'alter table customers alter column phone set not null'],
  ['drop-default', 'alter table orders alter column state drop default'],
  ['change-column-type', 'alter table customers alter column age type bigint'],
  ['change-column-type', 'alter table customers alter column city type varchar(10)'],
  ['change-column-type', 'alter table customers alter column phone type int using phone::int'],
  [
    'add-foreign-key',
    'alter table orders add constraint s foreign key (seller_id) references customers (id)',
  ],
  ['add-unique', 'alter table customers add constraint u unique (phone)'],
  ['add-primary-key', 'alter table days_next add primary key (id)'],
  ['add-check', 'alter table orders add constraint c check (total > 0)'],
  ['add-exclusion', 'alter table orders add exclude using gist (int8range(id, id) with &&)'],
  [
    'validate-in-same-transaction',
    'alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c',
  ],
  ['change-many-rows', "update orders set state = 'done'"],
  ['change-many-rows', "update orders set state = 'done' where state = 'open'"],
  ['change-many-rows', 'update orders o set seller_id = c.id from customers c where c.id = o.customer_id'],
  ['work-under-lock', 'alter table orders add column note text; update orders set note = code'],
  ['lose-rows', 'delete from orders where id = 3'],
  ['lose-rows', 'truncate table orders'],
  ['long-lock', 'alter table orders set unlogged'],
  ['long-lock', 'cluster orders using orders_state_idx'],
  ['refresh-materialized-view', 'refresh materialized view totals'],
  ['rename-enum-label', "alter type mood rename value 'sad' to 'blue'"],
  ['drop-object', 'drop type mood cascade'],
  ['drop-object', 'drop view open_orders'],
  ['drop-object', 'drop function price(bigint)'],
  ['rename-table', 'alter view open_orders rename to orders_open'],
  ['rename-object', 'alter type place rename attribute street to road'],
  ['drop-object', 'alter type place drop attribute house'],
  ['drop-object', 'alter type parcel drop attribute size'],
  ['rename-object', 'alter type packet rename attribute rest to others'],
  ['rename-object', 'alter type label rename attribute line to words'],
  ['revoke', 'revoke select on orders from reader'],
  ['enable-row-security', 'alter table orders enable row level security'],
  ['transaction-control', 'alter table orders add column note text; commit'],
]

describe.each(['the facts of large tables', 'no facts'])('dangers, with %s', (given) => {
  test.each(dangers)('%s: %s', async (rule, sql) => {
    const known = given === 'no facts' ? undefined : largeTables(facts)
    const { verdict, migrations } = await judge([pendingSql(sql)], known, { lockBudget: 1 })
    const found = migrations[0]?.findings.filter(({ severity }) => severity === 'unsafe')
    expect(found?.map((finding) => finding.rule)).toContain(rule)
    expect(verdict).toBe('unsafe')
  })
})
