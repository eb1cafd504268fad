import { execFile } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { query, verdicts } from '../../test/support/framework-project.ts'
import { installOnce } from '../../test/support/install-once.ts'
import { projectContext, withProject } from '../../test/support/project.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { custom } from './custom.ts'

const run = promisify(execFile)
const server = sharedPostgres()

const packages = [
  ...['typeorm@1', 'sequelize@6', 'umzug@3', 'pg@8'],
  // Of these, npm does not hold every version whole.
  ...['core', 'postgresql', 'migrations'].map((name) => `@mikro-orm/${name}@6.6.16`),
]
let modules: string
beforeAll(async () => {
  const folder = await installOnce('own-commands', packages, async (directory) => {
    await writeFile(join(directory, 'package.json'), '{"private": true}')
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
    await run('npm', ['install', ...quiet, ...packages], { cwd: directory })
  })
  modules = join(folder, 'node_modules')
}, 300_000)

interface Tool {
  readonly files: Readonly<Record<string, string>>
  /** Three migrations: a safe one, an index that is built in the way, one that asks the database first. */
  readonly ids: readonly [string, string, string]
  /** Makes its table, where it cannot do without one. */
  readonly begin?: string
}

const mikroMigration = (name: string, body: string): string => `
  const { Migration } = require('@mikro-orm/migrations')
  exports.${name} = class ${name} extends Migration { ${body} }`

const typeormMigration = (name: string, up: string, down: string): string => `
  exports.${name} = class ${name} {
    async up(runner) { ${up} }
    async down(runner) { ${down} }
  }`

const umzugMigration = (up: string, down: string): string => `
  const { DataTypes } = require('sequelize')
  exports.up = async ({ context }) => { ${up} }
  exports.down = async ({ context }) => { ${down} }`

const tools: Readonly<Record<string, Tool>> = {
  typeorm: {
    ids: ['A1700000000001', 'B1700000000002', 'C1700000000003'],
    files: {
      'data-source.js': `
        const { DataSource } = require('typeorm')
        const migrations = [__dirname + '/migrations/*.js']
        exports.dataSource = new DataSource({ type: 'postgres', url: process.env.DATABASE_URL, migrations })`,
      'migrations/1.js': typeormMigration(
        'A1700000000001',
        `await runner.query('alter table users add size int')`,
        `await runner.query('alter table users drop size')`,
      ),
      'migrations/2.js': typeormMigration(
        'B1700000000002',
        `await runner.query('create index users_size on users (size)')`,
        `await runner.query('drop index users_size')`,
      ),
      'migrations/3.js': typeormMigration(
        'C1700000000003',
        `const [{ n }] = await runner.query('select 7 as n'); await runner.query('update users set size = $1', [n])`,
        '',
      ),
    },
  },
  sequelize: {
    ids: ['1.js', '2.js', '3.js'],
    files: {
      'umzug.js': `
        const { Sequelize } = require('sequelize')
        const { SequelizeStorage, Umzug } = require('umzug')
        const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false })
        const glob = ['migrations/*.js', { cwd: __dirname }]
        const context = sequelize.getQueryInterface()
        const storage = new SequelizeStorage({ sequelize })
        exports.sequelize = sequelize
        exports.umzug = new Umzug({ migrations: { glob }, context, storage, logger: undefined })`,
      'migrations/1.js': umzugMigration(
        `await context.addColumn('users', 'size', DataTypes.INTEGER)`,
        `await context.removeColumn('users', 'size')`,
      ),
      'migrations/2.js': umzugMigration(
        `await context.addIndex('users', ['size'])`,
        `await context.removeIndex('users', ['size'])`,
      ),
      'migrations/3.js': umzugMigration(
        `await context.sequelize.query('select 7'); await context.sequelize.query('update users set size = 7')`,
        '',
      ),
    },
  },
  'mikro-orm': {
    ids: ['Migration1', 'Migration2', 'Migration3'],
    begin: 'node mikro-orm.mjs list',
    files: {
      'mikro-orm.config.js': `
        const { defineConfig, EntitySchema } = require('@mikro-orm/postgresql')
        const { Migrator } = require('@mikro-orm/migrations')
        const users = new EntitySchema({ name: 'users', properties: { id: { type: 'number', primary: true } } })
        const migrations = { path: __dirname + '/migrations', snapshot: false }
        const clientUrl = process.env.DATABASE_URL
        module.exports = defineConfig({ clientUrl, entities: [users], extensions: [Migrator], migrations, logger: () => {} })`,
      'migrations/Migration1.js': mikroMigration(
        'Migration1',
        `async up() { this.addSql('alter table users add size int;') }
         async down() { this.addSql('alter table users drop size;') }`,
      ),
      'migrations/Migration2.js': mikroMigration(
        'Migration2',
        `async up() { this.addSql('create index users_size on users (size);') }
         async down() { this.addSql('drop index users_size;') }`,
      ),
      'migrations/Migration3.js': mikroMigration(
        'Migration3',
        `async up() { await this.execute('select 7'); this.addSql('update users set size = 7') }`,
      ),
    },
  },
}

describe.each(Object.entries(tools))('the documented commands of %s', (name, { files, ids, begin }) => {
  test('tell what is pending and its SQL, apply a prefix, and undo it', async () => {
    const script = `${name}.mjs`
    const example = join(import.meta.dirname, '../../examples/own-commands', script)
    await withProject({ ...files, [script]: await readFile(example, 'utf8') }, async (directory) => {
      await symlink(modules, join(directory, 'node_modules'))
      const context = projectContext(directory, await server.createDatabase(), {
        custom: {
          pending: `node ${script} list`,
          apply: `node ${script} up`,
          reverse: `node ${script} down`,
        },
      })
      await query(context, 'create table users (id int primary key)')
      await query(context, `insert into users select generate_series(1, 20000)`)
      await query(context, 'analyze users')
      const env = { ...process.env, DATABASE_URL: context.url }
      if (begin !== undefined) await run('sh', ['-c', begin], { cwd: directory, env })
      const [first, second, third] = ids
      const { pending } = await custom.read(context)
      expect(pending.map(({ id, sql }) => [id, sql === null])).toEqual([
        [first, false],
        [second, false],
        [third, true],
      ])
      expect(pending[0]?.sql).toMatch(/alter table .*users.* add .*size.* int/i)
      expect(await verdicts(context)).toMatchObject({ [first]: 'safe', [third]: 'unknown' })
      expect(await custom.apply(context, { count: 2 })).toMatchObject({ ok: true, applied: [first, second] })
      expect((await custom.read(context)).applied).toEqual([first, second])
      expect(await custom.reverse(context, [second, first])).toMatchObject({
        ok: true,
        applied: [second, first],
      })
      expect(Object.keys((await query<object>(context, 'select * from users limit 1'))[0] ?? {})).toEqual([
        'id',
      ])
    })
  })
})
