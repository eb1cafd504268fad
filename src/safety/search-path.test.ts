import { beforeAll, describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { connectionSettings } from '../postgres/connection-settings.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts, type Facts } from '../postgres/facts.ts'
import { withPrechecks } from './prechecks.ts'
import { judge } from './verdict.ts'

const setup = `
  create schema app; create schema other;
  create table app.items (id bigint primary key, note text, price int);
  insert into app.items select i, null, i from generate_series(1, 20000) i;
  create table app.small (id int); create table public.small (id int); create table public.shared (id int);
  insert into public.small select generate_series(1, 20000);
  insert into public.shared select generate_series(1, 20000);
  create view app.shown as select * from app.items;
  create domain app.positive as int check (value > 0);
  create function app.number() returns int volatile language plpgsql as 'begin return 1; end';
  analyze`

const server = sharedPostgres()
let url: string
beforeAll(async () => {
  url = await server.createDatabase()
  await withConnection(url, (client) => client.query(setup))
})

function withParameter(name: string, value: string): string {
  const address = new URL(url)
  address.searchParams.set(name, value)
  return address.href
}

async function judged(sql: string, database: string) {
  const facts = await withConnection(database, readFacts)
  const { verdict, migrations } = await judge([pendingSql(sql, { transaction: false })], facts)
  return { verdict, findings: migrations.flatMap(({ findings }) => findings) }
}

const paths: readonly (readonly [string, string, readonly string[]])[] = [
  ['options', '-c search_path=app,public', ['app', 'public']],
  ['search_path', 'app, public', ['app', 'public']],
  ['schema', 'app', ['app']],
  ['options', '-c search_path=nowhere,other', ['other']],
  ['application_name', 'none', ['public']],
]

test.each(paths)(
  '%s=%s of the connection string says where names are looked for',
  async (name, value, path) => {
    const facts = await withConnection(withParameter(name, value), readFacts)
    expect(facts.searchPath).toEqual(path)
  },
)

test.each(['search_path', 'schema'])(
  '%s is no start-up parameter: connection poolers refuse those',
  (name) => {
    expect(connectionSettings(withParameter(name, 'app')).url).toBe(url)
  },
)

test('so do the settings of the database', async () => {
  const database = await server.createDatabase()
  const name = new URL(database).pathname.slice(1)
  await withConnection(database, (client) =>
    client.query(`create schema app; alter database ${name} set search_path = app`),
  )
  const facts = await withConnection(database, readFacts)
  expect(facts.searchPath).toEqual(['app'])
})

describe('a name means what it means to the connection', () => {
  test.each([
    ['create index on items (note)', 'unsafe', 'app.items has 1 MB'],
    ['create index on small (id)', 'safe', 'app.small has less than 1 MB'],
    ['create index on shared (id)', 'unsafe', 'shared has'],
    ['create index on public.small (id)', 'unsafe', 'public.small has'],
    ['update shown set price = 1', 'unsafe', 'app.items has'],
    ['create table items (id int)', 'unsafe', 'there already is a relation app.items'],
    ['alter table items add column size positive', 'unsafe', 'app.items'],
    ['alter table items add column size int default number()', 'unsafe', 'app.items'],
    ['create table mine (id int); alter table mine add column x positive default 1', 'safe', ''],
    ['set search_path = public; create index on small (id)', 'unsafe', 'small has'],
    ['set search_path = public; reset search_path; create index on small (id)', 'safe', 'app.small has'],
  ])('%s', async (sql, verdict, words) => {
    const found = await judged(sql, withParameter('search_path', 'app, public'))
    expect(found.verdict).toBe(verdict)
    expect(found.findings.map(({ message }) => message).join('\n')).toContain(words)
  })
})

test('its rows are asked about', async () => {
  const found = await withConnection(withParameter('search_path', 'app'), async (client) => {
    const facts: Facts = await readFacts(client)
    return withPrechecks(
      client,
      await judge([pendingSql('alter table items alter note set not null')], facts),
      facts,
    )
  })
  expect(found.prechecks).toMatchObject([{ table: 'app.items', rows: 1000 }])
})
