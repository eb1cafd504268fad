import { beforeAll, expect, test } from 'vitest'
import { largeTables } from '../../test/support/large-tables.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts, type Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const setup = `
  create table users (id int primary key);
  create table logs (day int not null, user_id int references users) partition by range (day);
  create table logs_1 partition of logs for values from (0) to (10);
  create table bare (day int not null, user_id int, check (day >= 10 and day < 20));
  create table keyed (day int not null, user_id int references users, check (day >= 10 and day < 20));
  create table other_key (day int not null, user_id int references users on delete cascade, check (day >= 10 and day < 20));
  create table doubted (day int not null, user_id int, check (day >= 10 and day < 20));
  alter table doubted add constraint to_users foreign key (user_id) references users not valid;
  create table regions (id int primary key) partition by list (id);
  create table regions_1 partition of regions for values in (1);
  create table sites (region int references regions);`

const server = sharedPostgres()
let facts: Facts
beforeAll(async () => {
  facts = await withConnection(await server.createDatabase(), async (client) => {
    await client.query(setup)
    return readFacts(client)
  })
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

test.each<[sql: string, refusals: readonly string[]]>([
  [attach('bare'), addKey('bare')],
  [attach('other_key'), addKey('other_key')],
  [attach('doubted'), ['add-foreign-key', 'ALTER TABLE doubted VALIDATE CONSTRAINT to_users']],
  [attach('keyed'), []],
  ['alter table logs detach partition logs_1', []],
  ['alter table regions detach partition regions_1', ['long-lock']],
])('%s', async (sql, expected) => {
  expect(await refusals(sql)).toEqual(expected)
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
