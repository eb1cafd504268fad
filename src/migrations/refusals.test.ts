import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { checkOn, query } from '../../test/support/framework-project.ts'
import { projectContext, withProject, type TestContext } from '../../test/support/project.ts'
import { dbmate } from './dbmate.ts'
import { findFramework } from './frameworks.ts'
import { golangMigrate } from './golang-migrate.ts'
import { drizzle } from './javascript/drizzle.ts'
import { nodePgMigrate } from './javascript/node-pg-migrate.ts'
import { prisma } from './javascript/prisma.ts'
import { rails } from './rails/rails.ts'
import type { Framework } from './types.ts'

// What a tool itself would refuse to run makes a check unknown: told without the tool.

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
})

/** The problems of a project, which has to be unknown because of them. */
async function problemsOf(
  framework: Framework,
  files: Readonly<Record<string, string>>,
  history: string,
): Promise<readonly string[]> {
  return withProject(files, async (directory) => {
    const context: TestContext = projectContext(directory, url, { framework: framework.name })
    await query(context, history)
    const { verdict } = await checkOn(context)
    const { problems } = await framework.read(context)
    expect(verdict).toBe(problems.length === 0 ? 'safe' : 'unknown')
    return problems
  })
}

test('dbmate: a file in another encoding', async () => {
  const sql = '-- migrate:up\nselect 1;\n-- migrate:down\n'
  await withProject({ 'db/migrations/1_a.sql': `\uFEFF${sql}` }, async (directory) => {
    await writeFile(join(directory, 'db/migrations/2_b.sql'), Buffer.from(`\uFEFF${sql}`, 'utf16le'))
    const context = projectContext(directory, url)
    expect((await findFramework(directory, context.config))?.name).toBe('dbmate')
    expect((await dbmate.read(context)).problems).toEqual([
      'dbmate does not accept db/migrations/1_a.sql: it begins with a byte order mark: save it as UTF-8 without one.',
      'dbmate does not accept db/migrations/2_b.sql: it is not UTF-8: save it in that encoding.',
    ])
    await rm(join(directory, 'db/migrations/1_a.sql'))
    expect((await findFramework(directory, context.config))?.name).toBe('dbmate')
  })
})

test('node-pg-migrate: two files under one name', async () => {
  const files = { 'migrations/4_d.sql': 'select 1;', 'migrations/4_d.js': 'exports.up = () => {}' }
  expect(await problemsOf(nodePgMigrate, files, 'select 1')).toEqual([
    'The version 4_d is used by several files: migrations/4_d.js and migrations/4_d.sql.',
  ])
})

test('node-pg-migrate: an older applied file is gone', async () => {
  const history = (names: string) =>
    `create table pgmigrations (id serial, name text, run_on timestamp default now());
     insert into pgmigrations (name) values ${names}`
  const files = { 'migrations/1_a.sql': '', 'migrations/3_c.sql': '', 'migrations/4_d.sql': 'select 1;' }
  expect(await problemsOf(nodePgMigrate, files, history(`('1_a'), ('2_b'), ('3_c')`))).toEqual([
    'node-pg-migrate refuses to run: where it ran 2_b, it finds 3_c.',
  ])
  await query(projectContext('/', url), 'drop table pgmigrations')
  // The newest one that is gone is compared with nothing.
  expect(await problemsOf(nodePgMigrate, { 'migrations/1_a.sql': '' }, history(`('1_a'), ('2_b')`))).toEqual(
    [],
  )
})

test('Drizzle: what is older than the newest applied one, be that gone from disk; a file that is gone', async () => {
  const entry = (tag: string, when: number) => ({ tag, when })
  const files = {
    'drizzle/meta/_journal.json': JSON.stringify({ entries: [entry('0000_a', 10), entry('0001_b', 20)] }),
    'drizzle/0001_b.sql': 'select 1;',
  }
  const history = `create schema drizzle; create table drizzle.__drizzle_migrations (id serial, hash text, created_at bigint);
    insert into drizzle.__drizzle_migrations (hash, created_at) values ('a', 10), ('x', 9999999999999), ('y', null)`
  expect(await problemsOf(drizzle, files, history)).toEqual([
    'Drizzle refuses to run without drizzle/0000_a.sql.',
    'Drizzle will never run 0001_b: it was made before the newest applied migration.',
  ])
})

test('Rails: a file with a name that is none', async () => {
  const ruby = 'class AddThing < ActiveRecord::Migration[7.0]\nend\n'
  const files = {
    'db/migrate/20990101000000_AddThing.rb': ruby,
    'db/migrate/20990102000000_add-thing.rb': ruby,
    'db/migrate/helper.rb': '',
  }
  expect(await problemsOf(rails, files, 'select 1')).toEqual(
    ['20990101000000_AddThing', '20990102000000_add-thing'].map(
      (name) =>
        `Rails refuses db/migrate/${name}.rb: the name of a migration has small letters, digits and underscores only.`,
    ),
  )
})

test('Prisma: a database that is not empty, a folder without a migration, and another provider', async () => {
  const files = {
    'prisma/migrations/migration_lock.toml': '# By Prisma\nprovider = "mysql"\n',
    'prisma/migrations/1_a/migration.sql': 'select 1;',
    'prisma/migrations/2_b/other.sql': '',
  }
  expect(await problemsOf(prisma, files, 'create table items (id int)')).toEqual([
    'Prisma refuses to run while prisma/migrations/2_b has no migration.sql (P3015).',
    'Prisma refuses to run on Postgres while prisma/migrations/migration_lock.toml names mysql (P3019).',
    'Prisma refuses to run on a database that is not empty and has no _prisma_migrations (P3005): it has items. See prisma migrate resolve.',
  ])
  const good = { 'prisma/migrations/1_a/migration.sql': 'select 1;' }
  const others =
    'drop table items; create view v as select 1 as one; create schema other; create table other.t (i int)'
  expect(await problemsOf(prisma, good, others)).toEqual([])
})

test('golang-migrate: the version of the database is gone', async () => {
  const history = `create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (3, false)`
  const problem = 'golang-migrate refuses to run while version 3, at which the database is, is not on disk.'
  const files = { 'migrations/1_a.up.sql': '', 'migrations/4_d.up.sql': 'select 1;' }
  expect(await problemsOf(golangMigrate, files, history)).toEqual([problem])
  await withProject(files, async (directory) => {
    await expect(golangMigrate.apply(projectContext(directory, url))).rejects.toThrow(problem)
  })
})

test.each<[Framework, string, Readonly<Record<string, string>>]>([
  [nodePgMigrate, 'migrations/1_a.sql', {}],
  [
    drizzle,
    'drizzle/0000_a.sql',
    { 'drizzle/meta/_journal.json': '{"entries":[{"tag":"0000_a","when":1}]}' },
  ],
])('$name: a byte order mark that the tool sends is refused by Postgres', async (framework, file, others) => {
  await withProject({ ...others, [file]: '\uFEFFselect 1;' }, async (directory) => {
    const context = projectContext(directory, url, { framework: framework.name })
    const { verdict, migrations } = await checkOn(context)
    expect(verdict).toBe('unknown')
    expect(migrations[0]?.findings[0]?.message).toContain('byte order mark')
  })
})
