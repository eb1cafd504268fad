import { beforeAll, expect, test } from 'vitest'
import { largeTables } from '../../test/support/large-tables.ts'
import { createKnownDatabase } from '../../test/support/known-database.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts, type Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const setup = `
  create table users (id int primary key);
  create table events (id int not null, kind int not null, check (kind in (1, 2)), primary key (id, kind));
  create table loose_events (id int not null, kind int not null, check (kind < 2), primary key (id, kind));
  create table logs (day int not null, user_id int references users) partition by range (day);
  create table logs_1 partition of logs for values from (0) to (10);
  create table bare (day int not null, user_id int, check (day >= 10 and day < 20));
  create table keyed (day int not null, user_id int references users, check (day >= 10 and day < 20));
  create table other_key (day int not null, user_id int references users on delete cascade, check (day >= 10 and day < 20));
  create table doubted (day int not null, user_id int, check (day >= 10 and day < 20));
  alter table doubted add constraint to_users foreign key (user_id) references users not valid;
  create table regions (id int primary key) partition by list (id);
  create table regions_1 partition of regions for values in (1);
  create table sites (region int references regions);
  create table kinds (kind text, n int) partition by list (kind);
  create table kinds_rest partition of kinds default;
  create table numbers (n int) partition by list (n);
  create table numbers_rest partition of numbers default;
  create table years (year int) partition by range (year);
  create table years_rest partition of years default;`

const server = sharedPostgres()
let facts: Facts
beforeAll(async () => {
  ;({ facts } = await createKnownDatabase(server, setup))
})

/** The rules that refuse the statements, with the SQL of their recipes. */
async function refusals(sql: string): Promise<string[]> {
  const { migrations } = await judge([pendingSql(sql)], largeTables(facts))
  const refusing = migrations.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity !== 'note'),
  )
  return refusing.flatMap(({ rule, recipe }) => [rule, ...(recipe?.steps ?? []).flatMap((step) => step.sql)])
}

const attach = (table: string) => `alter table logs attach partition ${table} for values from (10) to (20)`
const addKey = (table: string) => [
  'add-foreign-key',
  `ALTER TABLE ${table} ADD CONSTRAINT logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) NOT VALID`,
  `ALTER TABLE ${table} VALIDATE CONSTRAINT logs_user_id_fkey`,
]

const ofKinds = 'create table all_events (like events, primary key (id, kind)) partition by list (kind)'

test.each<[sql: string, refusals: readonly string[]]>([
  [attach('bare'), addKey('bare')],
  [attach('other_key'), addKey('other_key')],
  [attach('doubted'), ['add-foreign-key', 'ALTER TABLE doubted VALIDATE CONSTRAINT to_users']],
  [attach('keyed'), []],
  [`${ofKinds}; alter table all_events attach partition events for values in (1, 2, 3)`, []],
  [
    `${ofKinds}; alter table all_events attach partition loose_events for values in (1)`,
    ['attach-partition'],
  ],
  [
    `${ofKinds}; create index on all_events using hash (id); alter table all_events attach partition events for values in (1, 2)`,
    ['attach-partition'],
  ],
  ['alter table logs detach partition logs_1', []],
  ['alter table regions detach partition regions_1', ['long-lock']],
])('%s', async (sql, expected) => {
  expect(await refusals(sql)).toEqual(expected)
})

const newKind = "create table kinds_new partition of kinds for values in ('new', 'newer')"
const newNumber = 'create table numbers_new partition of numbers for values in (5, 7)'
const orNull = 'create table numbers_new partition of numbers for values in (5, null)'
const newYear = 'create table years_new partition of years for values from (2020) to (2021)'

test.each<[check: string, statement: string, isExcluded: boolean]>([
  ["kind <> 'new' and kind <> 'newer'", newKind, true],
  ["kind not in ('old', 'new', 'newer')", newKind, true],
  ["kind <> 'new'", newKind, false],
  ["kind <> 'NEW' and kind <> 'newer'", newKind, false],
  ['n not in (5, 7)', newNumber, true],
  ['n is null or n not in (5, 7)', newNumber, true],
  ['not (n is not null and n = any (array[5, 7]))', newNumber, true],
  ['n > 7 or n < 5', newNumber, true],
  ['n > 6', newNumber, false],
  ['n in (1, 2, 3)', newNumber, true],
  ['n in (1, 2, 5)', newNumber, false],
  ['n <> 5', orNull, false],
  ['n is not null and n <> 5', orNull, true],
  ['not (year >= 2020 and year < 2021)', newYear, true],
  ['year < 2020 or year >= 2021 or year is null', newYear, true],
  ['not (year >= 2020 and year < 2020)', newYear, false],
  ['not (year > 2020 and year < 2021)', newYear, false],
])('where the default partition says CHECK (%s): %s', async (check, statement, isExcluded) => {
  const url = await server.createDatabase()
  await withConnection(url, async (client) => {
    await client.query(setup)
    const table = /of (\w+)/.exec(statement)?.[1] ?? ''
    await client.query(`alter table ${table}_rest add check (${check})`)
    const { migrations } = await judge([pendingSql(statement)], largeTables(await readFacts(client)))
    expect(migrations[0]?.verdict).toBe(isExcluded ? 'safe' : 'unsafe')
    const notices: string[] = []
    client.on('notice', ({ message }) => notices.push(message ?? ''))
    await client.query('set client_min_messages = debug1')
    await client.query(statement)
    expect(notices.some((one) => one.includes('is implied by existing constraints'))).toBe(isExcluded)
  })
})

test.each([
  ['create index concurrently on logs_1 (user_id)', 'safe'],
  ['create index concurrently on logs_1 (day)', 'unsafe'],
  ['create index concurrently on logs_1 using hash (user_id)', 'unsafe'],
  ['create index concurrently on logs_1 (user_id) where day > 5', 'unsafe'],
  ['create unique index concurrently on logs_1 (user_id)', 'unsafe'],
])('after %s, an index of the whole table is %s', async (sql, verdict) => {
  const migrations = [pendingSql(sql, { transaction: false }), pendingSql('create index on logs (user_id)')]
  const judged = await judge(migrations, largeTables(facts))
  expect(judged.migrations.at(-1)?.verdict).toBe(verdict)
  const url = await server.createDatabase()
  await withConnection(url, async (client) => {
    await client.query(setup)
    await client.query(sql)
    await client.query('create index on logs (user_id)')
    const { rows } = await client.query("select from pg_index where indrelid = 'logs_1'::regclass")
    expect(rows.length).toBe(verdict === 'safe' ? 1 : 2)
  })
})

test('a foreign key of the pending migrations is taken over as well', async () => {
  const keyed = 'alter table bare add foreign key (user_id) references users (id) not valid'
  const validated = 'alter table bare validate constraint bare_user_id_fkey'
  const { migrations } = await judge(
    [keyed, validated, attach('bare')].map((sql) => pendingSql(sql)),
    largeTables(facts),
  )
  expect(migrations.at(-1)?.verdict).toBe('safe')
})
