import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installFrameworks, runTool } from '../../../test/support/npm-frameworks.ts'
import { startPostgres } from '../../../test/support/postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { withConnection } from '../../postgres/connection.ts'
import { findFramework } from '../frameworks.ts'
import { drizzle } from './drizzle.ts'
import { knex } from './knex.ts'
import { halves, nodePgMigrate } from './node-pg-migrate.ts'
import { prisma, prismaUrl } from './prisma.ts'

let server: Awaited<ReturnType<typeof startPostgres>>
let npm: Awaited<ReturnType<typeof installFrameworks>>
beforeAll(async () => {
  server = await startPostgres()
  npm = await installFrameworks()
}, 300_000)
afterAll(async () => {
  await server.close()
  await npm.close()
})

type Files = Readonly<Record<string, string>>

function withTools(files: Files, use: (context: TestContext) => Promise<void>): Promise<void> {
  return withProject(files, async (directory) => {
    await npm.link(directory)
    await use(projectContext(directory, await server.createDatabase()))
  })
}

const query = <Row>({ url }: TestContext, sql: string) =>
  withConnection(url, async (client) => (await client.query(sql)).rows as Row[])

const recognised = async ({ directory, config }: TestContext) =>
  (await findFramework(directory, config))?.name
const ids = (pending: readonly { readonly id: string }[]) => pending.map(({ id }) => id)

/** Keeps a table from being altered while `use` runs. */
async function whileRead<T>({ url }: TestContext, table: string, use: () => Promise<T>): Promise<T> {
  return withConnection(url, async (client) => {
    await client.query(`begin; lock table ${table} in access share mode`)
    return use()
  })
}

describe('Knex', () => {
  const settings = `module.exports = { client: 'pg', connection: process.env.DATABASE_URL }`
  const file = (up: string, down: string, rest = '') =>
    `exports.up = (knex) => knex.raw("${up}")\nexports.down = (knex) => knex.raw("${down}")\n${rest}`
  const files = {
    'knexfile.js': settings,
    'migrations/20240101000000_a.js': file('create table a (id int)', 'drop table a'),
    'migrations/20240102000000_b.js': file(
      'alter table a add b int',
      'alter table a drop b',
      'exports.config = { transaction: false }',
    ),
  }
  const [a, b] = ['20240101000000_a.js', '20240102000000_b.js']

  test('reads, applies a prefix, and undoes exactly what it is told', async () => {
    await withTools(files, async (context) => {
      expect(await recognised(context)).toBe('knex')
      await runTool(context, 'knex', 'migrate:make', 'made')
      const made = (await readdir(join(context.directory, 'migrations'))).at(-1) ?? ''
      const { pending } = await knex.read(context)
      expect(pending.map(({ id, sql, transaction }) => [id, sql, transaction])).toEqual([
        [a, null, true],
        [b, null, false],
        [made, null, true],
      ])
      expect(await knex.apply(context, { count: 2 })).toMatchObject({ ok: true, applied: [a, b] })
      expect(await knex.read(context)).toMatchObject({ applied: [a, b], missing: [], problems: [] })
      expect((await knex.reverse(context, [a])).reason).toContain(`The newest applied migration is ${b}`)
      expect(await knex.reverse(context, [b, a])).toMatchObject({ ok: true, applied: [b, a] })
      expect(await query(context, `select to_regclass('a') as name`)).toEqual([{ name: null }])
    })
  })

  test('gives way to who holds the table; says what is missing, and that its lock is held', async () => {
    await withTools(files, async (context) => {
      await knex.apply(context, { count: 1 })
      const result = await whileRead(context, 'a', () => knex.apply(context))
      expect(result.output).toContain('lock timeout')
      expect((await knex.apply(context)).ok).toBe(true)
      await rm(join(context.directory, 'migrations', a))
      await query(context, 'update knex_migrations_lock set is_locked = 1')
      const { missing, problems } = await knex.read(context)
      expect(missing).toEqual([a])
      expect(problems.join()).toContain('The lock of Knex is held')
      await expect(knex.apply(context)).rejects.toThrow('not on disk')
    })
  })
})

describe('node-pg-migrate', () => {
  const files = {
    'package.json': '{"dependencies": {"node-pg-migrate": "8"}}',
    'migrations/1_a.sql': '-- Up Migration\ncreate table a (id int);\n-- Down Migration\ndrop table a;\n',
    'migrations/2_b.js': `exports.up = (pgm) => pgm.addColumn('a', { b: 'int' })\n`,
    'migrations/10_c.sql': '-- Up Migration\nalter table a add c int;\n',
  }

  test('reads, applies a prefix, and undoes exactly what it is told', async () => {
    await withTools(files, async (context) => {
      expect(await recognised(context)).toBe('node-pg-migrate')
      await runTool(context, 'node-pg-migrate', 'create', 'made', '--migration-file-language', 'sql')
      const { pending } = await nodePgMigrate.read(context)
      expect(
        pending.slice(0, 3).map(({ id, sql, sqlLine, reverse }) => [id, sql, sqlLine, reverse.available]),
      ).toEqual([
        ['1_a', '-- Up Migration\ncreate table a (id int);\n', 1, true],
        ['2_b', null, 1, true],
        ['10_c', '-- Up Migration\nalter table a add c int;\n', 1, false],
      ])
      expect(pending[3]?.name).toBe('made')
      expect(await nodePgMigrate.apply(context, { count: 2 })).toMatchObject({
        ok: true,
        applied: ['1_a', '2_b'],
      })
      expect((await nodePgMigrate.reverse(context, ['1_a'])).ok).toBe(false)
      expect(await nodePgMigrate.reverse(context, ['2_b', '1_a'])).toMatchObject({
        ok: true,
        applied: ['2_b', '1_a'],
      })
    })
  })

  test('gives way to who holds the table, and says what came too late', async () => {
    await withTools(files, async (context) => {
      await nodePgMigrate.apply(context, { count: 1 })
      const result = await whileRead(context, 'a', () => nodePgMigrate.apply(context))
      expect(result.output).toContain('lock timeout')
      expect((await nodePgMigrate.apply(context)).ok).toBe(true)
      await writeFiles(context.directory, { 'migrations/5_late.sql': 'select 1;' })
      expect((await nodePgMigrate.read(context)).problems).toEqual([
        'node-pg-migrate refuses to run 5_late, because a later one is applied already.',
      ])
      await expect(runTool(context, 'node-pg-migrate', 'up')).rejects.toThrow()
    })
  })

  test('parts a file as the tool does', () => {
    expect(halves('a;')).toEqual({ up: 'a;', down: null, line: 1 })
    expect(halves('-- down migration\nb;\n-- up migration\na;')).toMatchObject({
      up: '-- up migration\na;',
      down: '-- down migration\nb;\n',
    })
  })
})

describe('Drizzle', () => {
  const files = {
    'drizzle.config.ts': `export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: process.env.DATABASE_URL } }`,
    'schema.ts': schema(''),
  }
  function schema(columns: string): string {
    return `import { integer, pgTable, text } from 'drizzle-orm/pg-core'
export const items = pgTable('items', { id: integer(), ${columns} })
export const others = pgTable('others', { name: text() })\n`
  }

  test('reads what its own generator wrote, applies all of it, and gives way to who holds the table', async () => {
    await withTools(files, async (context) => {
      await runTool(context, 'drizzle-kit', 'generate', '--name', 'first')
      expect(await recognised(context)).toBe('drizzle')
      const before = await drizzle.read(context)
      expect(ids(before.pending)).toEqual(['0000_first'])
      expect(before.pending[0]?.sql).toContain('CREATE TABLE "items"')
      expect(await drizzle.apply(context)).toMatchObject({ ok: true, applied: ['0000_first'] })
      await writeFiles(context.directory, { 'schema.ts': schema('note: text()') })
      await runTool(context, 'drizzle-kit', 'generate', '--name', 'note')
      expect(ids((await drizzle.read(context)).pending)).toEqual(['0001_note'])
      const result = await whileRead(context, 'items', () => drizzle.apply(context))
      expect(result).toMatchObject({ ok: false, applied: [] })
      expect((await drizzle.apply(context)).applied).toEqual(['0001_note'])
      expect((await drizzle.reverse(context, ['0001_note'])).ok).toBe(false)
    })
  })

  test('names what it will never run, and refuses half of what it runs as one', async () => {
    const entry = (tag: string, when: number) => ({ idx: 0, version: '7', when, tag, breakpoints: true })
    const journal = JSON.stringify({
      entries: [entry('0000_a', 10), entry('0001_late', 5), entry('0002_c', 20)],
    })
    const sql = {
      'drizzle/0000_a.sql': 'select 1;',
      'drizzle/0001_late.sql': 'select 2;',
      'drizzle/0002_c.sql': 'select 3;',
    }
    await withTools({ ...files, ...sql, 'drizzle/meta/_journal.json': journal }, async (context) => {
      expect((await drizzle.apply(context, { count: 1 })).reason).toContain('all pending migrations or none')
      await query(context, 'create schema drizzle')
      await query(
        context,
        'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
      )
      await query(
        context,
        `insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 10), ('y', 7)`,
      )
      expect(await drizzle.read(context)).toMatchObject({
        missing: ['7'],
        problems: ['Drizzle will never run 0001_late: it was made before the newest applied migration.'],
      })
      await writeFiles(context.directory, { 'drizzle/meta/_journal.json': '{' })
      await expect(drizzle.read(context)).rejects.toThrow('is no journal of Drizzle')
    })
  })
})

describe('Prisma', () => {
  // As Prisma 6 makes it.
  const history = `create table _prisma_migrations (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
    logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`
  const row = (name: string, finished = 'now()', rolledBack = 'null') =>
    `insert into _prisma_migrations values (gen_random_uuid()::text, 'x', ${finished}, '${name}', null, ${rolledBack}, now(), 1)`
  const files = {
    'prisma/migrations/migration_lock.toml': 'provider = "postgresql"',
    'prisma/migrations/20240101000000_a/migration.sql': 'CREATE TABLE "a" ("id" INT);',
    'prisma/migrations/20240102000000_b/migration.sql': 'ALTER TABLE "a" ADD COLUMN "b" INT;',
    'prisma/migrations/20240103000000_c/migration.sql': 'ALTER TABLE "a" ADD COLUMN "c" INT;',
  }

  test('reads what is pending, missing and failed', async () => {
    await withTools(files, async (context) => {
      expect(await recognised(context)).toBe('prisma')
      expect(ids((await prisma.read(context)).pending)).toHaveLength(3)
      await query(context, history)
      for (const sql of [
        row('20240101000000_a', 'null', 'now()'),
        row('20240101000000_a'),
        row('20240101120000_gone'),
        row('20240102000000_b', 'null'),
      ])
        await query(context, sql)
      const state = await prisma.read(context)
      expect(state).toMatchObject({
        applied: ['20240101000000_a', '20240101120000_gone'],
        missing: ['20240101120000_gone'],
        problems: ['20240102000000_b failed half-way: prisma migrate resolve must be run first.'],
      })
      expect(state.pending.map(({ id, transaction, singleQuery }) => [id, transaction, singleQuery])).toEqual(
        [
          ['20240102000000_b', false, true],
          ['20240103000000_c', false, true],
        ],
      )
      await expect(prisma.apply(context)).rejects.toThrow('failed half-way')
      expect((await prisma.reverse(context, [])).reason).toBe('Prisma Migrate undoes no migration.')
    })
  })

  test('takes the time to wait for a lock in its connection string', () => {
    expect(prismaUrl('postgres://u@h/d?sslmode=require', 2)).toBe(
      'postgres://u@h/d?sslmode=require&options=-c%20lock_timeout%3D2000',
    )
  })
})
