import { beforeEach, describe, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { checksumOf } from './flyway/files.ts'
import { flyway } from './flyway/flyway.ts'
import { compareVersions } from './flyway/version.ts'
import { findFramework } from './frameworks.ts'
import { golangMigrate } from './golang-migrate.ts'
import { advisoryLock } from './golang-migrate-run.ts'
import { projectContext, withProject, type TestContext } from '../../test/support/project.ts'

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
})

const query = <Row>(sql: string) =>
  withConnection(url, async (client) => (await client.query(sql)).rows as Row[])

type Files = Readonly<Record<string, string>>
const project = (files: Files, use: (context: TestContext) => Promise<void>) =>
  withProject(files, (directory) => use(projectContext(directory, url)))

describe('golang-migrate', () => {
  const files = {
    'migrations/000001_a.up.sql': 'create table a (id int);',
    'migrations/000001_a.down.sql': 'drop table a;',
    'migrations/000002_b.up.sql': 'create table b (id int); create table c (id int);',
    'migrations/000002_b.down.sql': 'drop table c; drop table b;',
    'migrations/10_d.up.sql': 'create table d (id int);',
  }

  test('is recognised and read, in the order of its numbers', async () => {
    await project(files, async (context) => {
      expect((await findFramework(context.directory, context.config))?.name).toBe('golang-migrate')
      const state = await golangMigrate.read(context)
      expect(state.pending.map(({ id, file, reverse }) => [id, file, reverse.available])).toEqual([
        ['1', 'migrations/000001_a.up.sql', true],
        ['2', 'migrations/000002_b.up.sql', true],
        ['10', 'migrations/10_d.up.sql', false],
      ])
      expect(await query(`select to_regclass('schema_migrations') as name`)).toEqual([{ name: null }])
    })
  })

  test('applies a prefix and reverses it, its table kept as the tool keeps it', async () => {
    await project(files, async (context) => {
      expect(await golangMigrate.apply(context, { count: 2 })).toMatchObject({
        ok: true,
        applied: ['1', '2'],
      })
      expect(await query('select * from schema_migrations')).toEqual([{ version: '2', dirty: false }])
      expect((await golangMigrate.read(context)).applied).toEqual(['1', '2'])
      expect(await golangMigrate.reverse(context, ['1'])).toMatchObject({ ok: false, applied: [] })
      expect(await golangMigrate.reverse(context, ['2', '1'])).toMatchObject({
        ok: true,
        applied: ['2', '1'],
      })
      expect(await query('select * from schema_migrations')).toEqual([])
    })
  })

  test('a failure leaves nothing behind where Postgres undid it, and a dirty version where it did not', async () => {
    const bad = { ...files, 'migrations/10_d.up.sql': 'create table d (id int); select 1 / 0;' }
    await project(bad, async (context) => {
      const result = await golangMigrate.apply(context)
      expect(result).toMatchObject({ ok: false, applied: ['1', '2'] })
      expect(result.reason).toContain('division by zero')
      expect(await query('select * from schema_migrations')).toEqual([{ version: '2', dirty: false }])
    })
    const worse = { ...files, 'migrations/10_d.up.sql': 'create table d (id int); commit; select 1 / 0;' }
    await project(worse, async (context) => {
      expect((await golangMigrate.apply(context)).ok).toBe(false)
      expect((await golangMigrate.read(context)).problems.join()).toContain('Version 10 is marked as dirty')
      await expect(golangMigrate.apply(context)).rejects.toThrow('marked as dirty')
    })
  })

  test('names versions that are used twice, and one that is missing on disk', async () => {
    await project({ ...files, 'migrations/2_x.up.sql': 'select 1;' }, async (context) => {
      expect((await golangMigrate.read(context)).problems).toEqual([
        'The version 2 is used by several files: migrations/000002_b.up.sql and migrations/2_x.up.sql.',
      ])
    })
    await query(
      'create table schema_migrations (version bigint not null primary key, dirty boolean not null)',
    )
    await query('insert into schema_migrations values (3, false)')
    await project(files, async (context) => {
      const { applied, missing, pending } = await golangMigrate.read(context)
      expect({ applied, missing, pending: pending.length }).toEqual({
        applied: ['1', '2', '3'],
        missing: ['3'],
        pending: 1,
      })
    })
  })

  test('a table that stays locked ends the tries', async () => {
    await project({ 'migrations/1_a.up.sql': 'alter table held add x int;' }, async (context) => {
      await query('create table held (id int)')
      await withConnection(url, async (client) => {
        await client.query('begin; lock table held')
        const result = await golangMigrate.apply(context)
        expect(result.reason).toContain('lock timeout')
      })
      expect(await golangMigrate.apply(context)).toMatchObject({ ok: true, applied: ['1'] })
    })
  })

  test('locks the number that the tool locks', () => {
    expect(advisoryLock('database', 'public', 'schema_migrations')).toMatch(/^\d+$/)
    expect(advisoryLock('database', 'public', 'a')).not.toBe(advisoryLock('database', 'public', 'b'))
  })
})

describe('flyway', () => {
  // As Flyway 10 makes it.
  const history = `create table flyway_schema_history (
    installed_rank integer not null primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum integer, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time integer not null, success boolean not null)`
  const applied = (rank: number, version: string, success = true, checksum = 0) =>
    `insert into flyway_schema_history values (${rank}, '${version}', 'x', 'SQL', 'x', ${checksum}, 'me', now(), 1, ${success})`
  const repeated = (rank: number, description: string, checksum: number) =>
    `insert into flyway_schema_history values (${rank}, null, '${description}', 'SQL', 'x', ${checksum}, 'me', now(), 1, true)`

  const files = {
    'sql/V1__first_table.sql': 'create table a (id int);',
    'sql/V1.1__index.sql': 'create index concurrently on a (id);',
    'sql/V2__b.sql': 'create table b (id int);',
    'sql/U2__b.sql': 'drop table b;',
    'sql/V10__c.sql': 'create table c (id int);',
  }

  test('reads what is pending, late, missing and failed', async () => {
    await query(history)
    for (const sql of [applied(1, '1'), applied(2, '2'), applied(3, '3'), applied(4, '4', false)])
      await query(sql)
    await project(files, async (context) => {
      expect((await findFramework(context.directory, context.config))?.name).toBe('flyway')
      const state = await flyway.read(context)
      expect(state).toMatchObject({ applied: ['1', '2', '3'], missing: ['3'], outOfOrder: ['1.1'] })
      expect(state.pending.map(({ id, name, transaction }) => [id, name, transaction])).toEqual([
        ['1.1', 'index', false],
        ['10', 'c', true],
      ])
      expect(state.problems).toContain('Migration 4 is recorded as failed: flyway repair must be run first.')
    })
  })

  test('without a database all is pending, with what undoes it; Lockkeeper does not run it', async () => {
    await project(files, async (context) => {
      const { pending } = await flyway.read({ ...context, url: null })
      expect(pending.map(({ id, reverse }) => [id, reverse.available])).toEqual([
        ['1', false],
        ['1.1', false],
        ['2', true],
        ['10', false],
      ])
      await expect(flyway.apply(context)).rejects.toThrow('does not run Flyway')
    })
  })

  test('runs what is repeatable again when it is another one, and names what was changed since', async () => {
    const views = {
      'sql/R__a_view.sql': 'create or replace view v as select 1 as one;\n',
      'sql/R__b_view.sql': 'create or replace view w as select 1 as one;\n',
      'sql/R__c_view.sql': 'create or replace view x as select ${n} as one;\n',
    }
    const sum = (file: keyof typeof views) => checksumOf(views[file])
    await query(`drop table if exists flyway_schema_history; ${history}`)
    await query(applied(1, '1', true, checksumOf('create table a (id int);')))
    await query(applied(2, '2', true, 7))
    await query(repeated(3, 'a view', 1))
    await query(repeated(4, 'a view', sum('sql/R__a_view.sql')))
    await query(repeated(5, 'b view', sum('sql/R__b_view.sql') + 1))
    await query(repeated(6, 'c view', sum('sql/R__c_view.sql')))
    await project({ ...files, ...views }, async (context) => {
      const { pending, changed } = await flyway.read(context)
      expect(pending.map(({ id }) => id)).toEqual(['1.1', '10', 'b view', 'c view'])
      expect(changed).toEqual(['sql/V2__b.sql'])
    })
  })

  test('a checksum is of the lines, whatever ends them', () => {
    // The CRC-32 that every table of them gives for these nine digits.
    expect(checksumOf('1234\r\n56789\n')).toBe(0xcbf43926 | 0)
  })

  test('versions are compared as numbers', () => {
    expect(['10', '1.1', '2', '1'].sort(compareVersions)).toEqual(['1', '1.1', '2', '10'])
  })
})
