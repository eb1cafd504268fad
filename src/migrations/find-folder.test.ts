import { expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { findFramework } from './frameworks.ts'
import type { MigrationConfig } from './types.ts'

type Files = Readonly<Record<string, string>>

/** What is pending without a database: the framework, and the files. */
const read = (files: Files, migrations: Partial<MigrationConfig['migrations']> = {}): Promise<string[]> =>
  withProject(files, async (directory) => {
    const { config } = projectContext(directory, '', migrations)
    const framework = await findFramework(directory, config)
    const state = await framework?.read({ directory, config, url: null })
    return [framework?.name ?? 'none', ...(state?.pending ?? []).map(({ file }) => file)]
  })

const js = 'exports.up = () => {}\nexports.down = () => {}\n'
const knexfile = (migrations: string): string =>
  `module.exports = { client: 'pg', migrations: ${migrations} }`
const journal = JSON.stringify({ entries: [{ tag: '0000_a', when: 1 }] })
const packageJson = (script: string): string =>
  JSON.stringify({ dependencies: { 'node-pg-migrate': '8' }, scripts: { migrate: script } })

test.each<[string, Files, string[]]>([
  [
    'a knexfile',
    { 'knexfile.js': knexfile(`{ directory: './db/knex' }`), 'db/knex/1_a.js': js, 'seeds/x.js': js },
    ['knex', 'db/knex/1_a.js'],
  ],
  [
    'a knexfile of several environments',
    {
      'knexfile.ts': `const a = { development: { seeds: { directory: 'seeds' }, migrations: { tableName: 'x', directory: "db/knex/" } },
        production: { /* directory: 'old' */ migrations: { loadExtensions: { a: 1 }, directory: 'db/knex' } } }`,
      'db/knex/1_a.js': js,
    },
    ['knex', 'db/knex/1_a.js'],
  ],
  [
    'scripts of npm',
    { 'package.json': packageJson('node-pg-migrate up -m db/pgm --no-lock'), 'db/pgm/1_a.sql': 'select 1;' },
    ['node-pg-migrate', 'db/pgm/1_a.sql'],
  ],
  [
    'the configuration of Drizzle',
    {
      'drizzle.config.ts': `export default defineConfig({ dialect: 'postgresql', out: './src/server/db/mig' })`,
      'src/server/db/mig/meta/_journal.json': journal,
      'src/server/db/mig/0000_a.sql': 'select 1;',
    },
    ['drizzle', 'src/server/db/mig/0000_a.sql'],
  ],
  [
    'the configuration of Drizzle, with what looks like comments in its strings',
    {
      'drizzle.config.ts': `export default defineConfig({
        /* out: './old' */ schema: ['./src/*.ts', "http://localhost"], out: './db/moves', // out: './old'
        filter: './src/**/*.ts' })`,
      'db/moves/meta/_journal.json': journal,
      'db/moves/0000_a.sql': 'select 1;',
    },
    ['drizzle', 'db/moves/0000_a.sql'],
  ],
  [
    'the configuration of Prisma',
    {
      'prisma.config.ts': `export default { schema: 'db/schema.prisma', migrations: { path: 'db/changes', seed: 'x' } }`,
      'db/changes/1_a/migration.sql': 'select 1;',
    },
    ['prisma', 'db/changes/1_a/migration.sql'],
  ],
  [
    'the environment of dbmate',
    {
      '.env': 'X=1\nDBMATE_MIGRATIONS_DIR="./database/dbm"\n',
      'database/dbm/1_a.sql': '-- migrate:up\n-- migrate:down\n',
    },
    ['dbmate', 'database/dbm/1_a.sql'],
  ],
  [
    'the databases of Rails',
    {
      'config/database.yml': 'production:\n  primary:\n    migrations_paths: db/primary_migrate\n',
      'db/primary_migrate/20240101000000_a.rb': 'class A < ActiveRecord::Migration[7.0]\nend\n',
    },
    ['rails', 'db/primary_migrate/20240101000000_a.rb'],
  ],
  [
    'the one database of Rails',
    {
      'config/database.yml':
        'default: &default\n  adapter: postgresql\nproduction:\n  <<: *default\n  migrations_paths: [db/x]\n',
      'db/x/20240101000000_a.rb': '',
    },
    ['rails', 'db/x/20240101000000_a.rb'],
  ],
])('%s: its folder is read', async (_name, files, found) => {
  expect(await read(files)).toEqual(found)
})

test.each<[string, Files, string[]]>([
  [
    'a folder with something else',
    { 'migrations/README.md': '', 'db/migrations/000001_init.up.sql': 'select 1;' },
    ['golang-migrate', 'db/migrations/000001_init.up.sql'],
  ],
  [
    'an empty folder',
    { 'knexfile.js': knexfile('{}'), 'migrations/.keep': '', 'src/migrations/1_a.js': js },
    ['knex', 'src/migrations/1_a.js'],
  ],
  [
    'a schema elsewhere',
    { 'db/schema.prisma': '', 'db/migrations/1_a/migration.sql': 'select 1;' },
    ['prisma', 'db/migrations/1_a/migration.sql'],
  ],
  [
    'a schema in parts',
    { 'prisma/schema/a.prisma': '', 'prisma/schema/migrations/1_a/migration.sql': 'select 1;' },
    ['prisma', 'prisma/schema/migrations/1_a/migration.sql'],
  ],
  [
    'a folder for each kind of database',
    { 'db/migration/postgresql/V1__x.sql': 'select 1;' },
    ['flyway', 'db/migration/postgresql/V1__x.sql'],
  ],
  [
    'a folder that is kept for what will come',
    { 'knexfile.js': knexfile('{}'), 'migrations/.keep': '' },
    ['knex'],
  ],
])('%s hides no migrations', async (_name, files, found) => {
  expect(await read(files)).toEqual(found)
})

test('a dbmate file that dbmate refuses shows whose it is', async () => {
  const broken = { 'db/migrations/1_a.sql': '-- migrate:up\ndrop table a;\n' }
  expect(await read(broken)).toEqual(['dbmate', 'db/migrations/1_a.sql'])
})

test.each(['dbmate', 'rails', 'prisma', 'drizzle', 'knex', 'node-pg-migrate', 'golang-migrate', 'flyway'])(
  '%s by name and without migrations is no check of nothing',
  async (framework) => {
    await expect(read({ 'other/readme': '' }, { framework })).rejects.toMatchObject({ exitCode: 7 })
    // A folder that the user named and that holds something else is not the one that is meant.
    const named = read({ 'db/other/x.txt': '' }, { framework, directory: 'db' })
    await expect(named).rejects.toMatchObject({ exitCode: 7 })
  },
)

test.each<[string, Files, string]>([
  [
    'several folders in a knexfile',
    {
      'knexfile.js': knexfile(`{ directory: ['migrations', 'migrations2'] }`),
      ...{ 'migrations/1_a.js': js, 'migrations2/2_b.js': js },
    },
    'There are migrations of Knex in several folders, migrations and migrations2, and Lockkeeper reads one.',
  ],
  [
    'a folder that is computed',
    { 'knexfile.js': knexfile(`{ directory: path.join(__dirname, 'db') }`), 'migrations/1_a.js': js },
    'knexfile.js says where the migrations of Knex are in a way that only Knex itself can tell.',
  ],
  [
    'several folders of one database of Rails',
    {
      'config/database.yml':
        'production:\n  a:\n    migrations_paths: [db/migrate, migrations]\n  b: {migrations_paths: db/b}\n',
      ...{ 'db/migrate/1_b.rb': '', 'migrations/1_a.rb': '', 'db/b/1_c.rb': '' },
    },
    'There are migrations of Rails in several folders, db/migrate and migrations, and Lockkeeper reads one.',
  ],
  [
    'several usual folders',
    { 'migrations/1_a.up.sql': '', 'db/migrations/1_a.up.sql': '' },
    'There are migrations of golang-migrate in several folders, migrations and db/migrations, and Lockkeeper reads one.',
  ],
])('%s: the user has to name one', async (_name, files, message) => {
  await expect(read(files)).rejects.toMatchObject({ exitCode: 2, message })
  const named = await read(files, { directory: 'migrations' })
  expect(named[1]).toMatch(/^migrations\/1_a\./)
})
