import { beforeEach, expect, test } from 'vitest'
import { query } from '../../test/support/framework-project.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { projectContext, withProject, type TestContext } from '../../test/support/project.ts'
import { withConnection } from '../postgres/connection.ts'
import { findFramework } from './frameworks.ts'
import { readHistory } from './history.ts'
import type { MigrationState } from './types.ts'

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
})

const journal = JSON.stringify({ entries: [{ tag: '0000_a', when: 1 }] })
const projects: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dbmate: { 'db/migrations/1_a.sql': '-- migrate:up\n-- migrate:down\n' },
  rails: { 'db/migrate/1_a.rb': 'class A < ActiveRecord::Migration[7.0]\nend\n' },
  drizzle: { 'drizzle/meta/_journal.json': journal, 'drizzle/0000_a.sql': 'select 1;' },
  knex: { 'knexfile.js': '', 'migrations/1_a.js': '' },
  'node-pg-migrate': { 'migrations/1_a.sql': 'select 1;' },
  'golang-migrate': { 'migrations/1_a.up.sql': 'select 1;' },
  flyway: { 'sql/V1__a.sql': 'select 1;' },
}

const read = (framework: string, table: string): Promise<MigrationState | undefined> =>
  withProject(projects[framework] ?? {}, async (directory) => {
    const context: TestContext = projectContext(directory, url, { framework, table })
    return (await findFramework(directory, context.config))?.read(context)
  })

const ask = (sql: string) => query(projectContext('/', url), sql)

test.each(Object.keys(projects))('%s: the table of another tool is named', async (framework) => {
  await ask('create table others (x int)')
  await expect(read(framework, 'others')).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringMatching(
      /^The table of applied migrations, others, is not what this tool makes: column "\w+" does not exist\.$/,
    ) as string,
  })
})

test('golang-migrate on the table of dbmate or Rails, whatever its columns hold', async () => {
  await ask('create table schema_migrations (version text)')
  await expect(read('golang-migrate', 'schema_migrations')).rejects.toThrow('column "dirty" does not exist')
  await ask(
    `alter table schema_migrations add dirty bool; insert into schema_migrations values ('abc', false)`,
  )
  await expect(read('golang-migrate', 'schema_migrations')).rejects.toMatchObject({
    exitCode: 7,
    message: 'The table of applied migrations, schema_migrations, has the version abc, which is no number.',
  })
})

test('a lock of Knex that is another table is named', async () => {
  await ask('create table knex_migrations (id int, name text); create table knex_migrations_lock (x int)')
  await expect(read('knex', 'knex_migrations')).rejects.toThrow(
    'knex_migrations_lock, is not what this tool makes',
  )
})

test('Rails reads any version as a number, as it does itself', async () => {
  await ask(
    `create table schema_migrations (version text); insert into schema_migrations values ('abc'), ('001')`,
  )
  expect(await read('rails', 'schema_migrations')).toMatchObject({
    applied: ['0', '1'],
    pending: [],
    missing: ['0'],
  })
})

test('a table that may not be read is named', async () => {
  await ask('create table secret (version text)')
  const role = `reader_${new URL(url).pathname.slice(1)}`
  await ask(`create role ${role} login`)
  const reader = new URL(url)
  reader.username = role
  await withConnection(reader.href, async (client) => {
    const reading = readHistory(client, { name: 'secret', columns: ['version'], order: 'version' })
    await expect(reading).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining('secret, may not be read by the role of the connection') as string,
    })
  })
  await ask(`drop role ${role}`)
})

test('a table that somebody keeps locked is waited for 5 s, and the session is as it was', async () => {
  await ask('create table held (version text)')
  await withConnection(url, async (holder) => {
    await holder.query('begin; lock table held')
    await withConnection(url, async (client) => {
      const start = Date.now()
      const reading = readHistory(client, { name: 'held', columns: ['version'], order: 'version' })
      await expect(reading).rejects.toThrow(
        'The table of applied migrations, held, could not be read within 5 s',
      )
      expect(Date.now() - start).toBeLessThan(20_000)
      const { rows } = await client.query<{ lock_timeout: string }>('show lock_timeout')
      expect(rows).toEqual([{ lock_timeout: '0' }])
    })
  })
})
