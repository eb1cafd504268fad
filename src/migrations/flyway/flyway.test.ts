import { beforeEach, expect, test } from 'vitest'
import { query } from '../../../test/support/framework-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject } from '../../../test/support/project.ts'
import type { MigrationConfig, MigrationState } from '../types.ts'
import { checksumOf } from './files.ts'
import { flyway } from './flyway.ts'

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
})

// As Flyway 10 makes it.
const history = `create table flyway_schema_history (
  installed_rank integer not null primary key, version varchar(50), description varchar(200) not null,
  type varchar(20) not null, script varchar(1000) not null, checksum integer, installed_by varchar(100) not null,
  installed_on timestamp not null default now(), execution_time integer not null, success boolean not null)`

/** A row: its type, and the version with the text that ran. */
type Row = readonly [type: string, version: string, text?: string]

async function read(
  files: Readonly<Record<string, string>>,
  rows: readonly Row[] | null = null,
  migrations: Partial<MigrationConfig['migrations']> = {},
): Promise<MigrationState> {
  return withProject(files, async (directory) => {
    const context = projectContext(directory, url, { framework: 'flyway', ...migrations })
    if (rows === null) return flyway.read({ ...context, url: null })
    await query(context, history)
    for (const [index, [type, version, text]] of rows.entries()) {
      const sum = text === undefined ? 'null' : checksumOf(text)
      await query(
        context,
        `insert into flyway_schema_history values (${index + 1}, '${version}', 'x', '${type}', 'x', ${sum}, 'me', now(), 1, true)`,
      )
    }
    return flyway.read(context)
  })
}

const ids = ({ pending }: MigrationState) => pending.map(({ id }) => id)

const files = {
  'sql/V1__a.sql': 'create table a (id int);',
  'sql/V2__b.sql': 'create table b (id int);',
  'sql/V3__c.sql': 'create table c (id int);',
}
const [a, b, c] = Object.values(files)

test('folders in the folder count, and so do callbacks, around what they are called for', async () => {
  const state = await read({
    'sql/V1__init.sql': 'create table a (id int);',
    'sql/nested/V8__deep.sql': 'drop table a;',
    'sql/R__view.sql': 'select 1;',
    'sql/afterMigrate__grants.sql': 'grant select on a to b;',
    'sql/nested/beforeMigrate.sql': 'select 1;',
    'sql/afterMigrateError.sql': 'select 1;',
  })
  expect(state.pending.map(({ id, repeatable = false }) => [id, repeatable])).toEqual([
    ['beforeMigrate', true],
    ['1', false],
    ['8', false],
    ['view', true],
    ['afterMigrate__grants', true],
  ])
  expect(state.pending[2]).toMatchObject({ file: 'sql/nested/V8__deep.sql', sql: 'drop table a;' })
})

test('callbacks alone are nothing that is pending', async () => {
  const all = { 'sql/V1__a.sql': a ?? '', 'sql/afterMigrate.sql': 'select 1;' }
  expect(ids(await read(all, [['SQL', '1', a]]))).toEqual([])
})

test('nothing up to a baseline is pending or missing', async () => {
  const more = { ...files, 'sql/V4__d.sql': 'select 4;' }
  for (const type of ['BASELINE', 'SQL_BASELINE']) {
    const state = await read(more, [[type, '3']])
    expect(state).toMatchObject({ pending: [{ id: '4' }], missing: [], problems: [] })
    url = await server.createDatabase()
  }
  const early = { 'sql/V0.1__items.sql': 'create table items (id int);', ...files }
  expect(ids(await read(early, [['BASELINE', '1']]))).toEqual(['2', '3'])
})

test('what was done last with a migration counts', async () => {
  const again: Row[] = [
    ['SQL', '1', a],
    ['SQL', '2', b],
    ['UNDO_SQL', '2'],
    ['SQL', '2', b],
  ]
  expect(await read(files, again)).toMatchObject({ applied: ['1', '2'], pending: [{ id: '3' }] })
  url = await server.createDatabase()
  expect(ids(await read(files, again.slice(0, 3)))).toEqual(['2', '3'])
  url = await server.createDatabase()
  const forgotten = await read({ 'sql/V1__a.sql': a ?? '' }, [...again.slice(0, 2), ['DELETE', '2']])
  expect(forgotten).toMatchObject({ applied: ['1'], missing: [], problems: [] })
})

test('what its validation refuses is a problem, unless its settings forgive it', async () => {
  const rows: Row[] = [
    ['SQL', '1', 'changed'],
    ['SQL', '1.5', b],
    ['SQL', '3', c],
    ['SQL', '9', c],
  ]
  const problems = [
    'Flyway refuses to run while sql/V1__a.sql is not what was applied: its checksum is another one.',
    'Flyway does not run 2: a later one is applied already, and outOfOrder is not set.',
    'Flyway refuses to run while 1.5 is applied and not on disk.',
  ]
  expect(await read(files, rows)).toMatchObject({ missing: ['1.5', '9'], problems })
  url = await server.createDatabase()
  const conf = { ...files, 'flyway.conf': '# x\nflyway.outOfOrder = true\nflyway.validateOnMigrate=false\n' }
  expect((await read(conf, rows)).problems).toEqual([])
  url = await server.createDatabase()
  const toml = { ...files, 'flyway.toml': '[flyway]\nignoreMigrationPatterns = ["*:missing"]\n' }
  const environment = { FLYWAY_OUT_OF_ORDER: 'true' }
  expect((await read(toml, rows, { environment })).problems).toEqual(problems.slice(0, 1))
})

test('a transaction is left out where the file or a statement says so', async () => {
  const state = await read({
    'sql/V1__a.sql': 'create table a (id int);',
    'sql/V2__b.sql': 'update a set id = 1;',
    'sql/V2__b.sql.conf': 'executeInTransaction=false\n',
    'sql/V3__c.sql': 'vacuum a;',
    'sql/V4__d.sql': 'analyze a;',
  })
  expect(state.pending.map(({ transaction }) => transaction)).toEqual([true, false, false, true])
})

test('its own settings name the folder', async () => {
  const migration = { 'database/V1__a.sql': 'select 1;' }
  const toml = { ...migration, 'flyway.toml': '[flyway]\nlocations = ["filesystem:./database"]\n' }
  expect(ids(await read(toml))).toEqual(['1'])
  const conf = { ...migration, 'conf/flyway.conf': 'flyway.locations=filesystem:database,filesystem:sql\n' }
  expect(ids(await read(conf))).toEqual(['1'])
  await expect(read({ ...conf, 'sql/V2__b.sql': '' })).rejects.toThrow('in several folders, database and sql')
  const vendor = { ...migration, 'flyway.conf': 'flyway.locations=classpath:db/{vendor}\n' }
  await expect(read(vendor)).rejects.toThrow('flyway.conf says where the migrations of Flyway are')
  expect(ids(await read(vendor, null, { directory: 'database' }))).toEqual(['1'])
})

test('a version that is none is named', async () => {
  await expect(read(files, [['SQL', '2026-01', a]])).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('the version 2026-01, which is none') as string,
  })
})
