import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ids, query, recognised, verdicts, whileRead } from '../../../test/support/framework-project.ts'
import { installFrameworks, linkFrameworks, runTool } from '../../../test/support/npm-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { drizzle } from './drizzle.ts'
import { knex } from './knex.ts'
import { halves, nodePgMigrate } from './node-pg-migrate.ts'

const server = sharedPostgres()
beforeAll(async () => {
  await installFrameworks()
}, 300_000)

type Files = Readonly<Record<string, string>>

function withTools(files: Files, use: (context: TestContext) => Promise<void>): Promise<void> {
  return withProject(files, async (directory) => {
    await linkFrameworks(directory)
    await use(projectContext(directory, await server.createDatabase()))
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
      expect(await verdicts(context)).toEqual({ [made]: 'unknown' })
      expect(await knex.read(context)).toMatchObject({ applied: [a, b], missing: [], problems: [] })
      expect((await knex.reverse(context, [a])).reason).toContain(`The newest applied migration is ${b}`)
      expect(await knex.reverse(context, [b, a])).toMatchObject({ ok: true, applied: [b, a] })
      expect(await query(context, `select to_regclass('a') as name`)).toEqual([{ name: null }])
    })
  })

  test('reads the table that its settings name', async () => {
    const named = `module.exports = { client: 'pg', connection: process.env.DATABASE_URL,
      migrations: { tableName: 'own_migrations', schemaName: 'public' } }`
    await withTools({ ...files, 'knexfile.js': named }, async (context) => {
      await runTool(context, 'knex', 'migrate:up')
      expect(await query(context, `select to_regclass('knex_migrations') as name`)).toEqual([{ name: null }])
      expect(await knex.read(context)).toMatchObject({ applied: [a], missing: [], problems: [] })
      expect(await knex.historyTables(context.config, context.directory)).toEqual([
        'public.own_migrations',
        'public.own_migrations_lock',
      ])
      expect((await knex.apply(context)).applied).toEqual([b])
      const computed = named.replace(`'own_migrations'`, 'process.env.TABLE')
      await writeFiles(context.directory, { 'knexfile.js': computed })
      await expect(knex.read(context)).rejects.toThrow('in a way that only Knex itself can tell')
      for (const elsewhere of ['migrations: own', 'migrations']) {
        const whole = `const own = {}, migrations = own; module.exports = { client: 'pg', ${elsewhere} }`
        await writeFiles(context.directory, { 'knexfile.js': whole })
        await expect(knex.historyTables(context.config, context.directory)).rejects.toThrow(
          'in a way that only Knex itself can tell',
        )
      }
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
      expect(await verdicts(context)).toEqual({ '10_c': 'safe', [pending[3]?.id ?? '']: 'safe' })
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
      await rm(join(context.directory, 'migrations/1_a.sql'))
      expect((await nodePgMigrate.read(context)).missing).toEqual(['1_a'])
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
      expect(await verdicts(context)).toEqual({ '0001_note': 'safe' })
      const result = await whileRead(context, 'items', () => drizzle.apply(context))
      expect(result).toMatchObject({ ok: false, applied: [] })
      expect((await drizzle.apply(context)).applied).toEqual(['0001_note'])
      expect((await drizzle.reverse(context, ['0001_note'])).ok).toBe(false)
    })
  })

  test('reads the table that its settings name', async () => {
    const config = files['drizzle.config.ts'].replace(
      'out:',
      "migrations: { table: 'own_migrations', schema: 'public' }, out:",
    )
    await withTools({ ...files, 'drizzle.config.ts': config }, async (context) => {
      await runTool(context, 'drizzle-kit', 'generate', '--name', 'first')
      await runTool(context, 'drizzle-kit', 'migrate')
      expect(await query(context, `select to_regclass('public.own_migrations')::text as name`)).toEqual([
        { name: 'own_migrations' },
      ])
      expect(await drizzle.read(context)).toMatchObject({ applied: ['0000_first'], pending: [], missing: [] })
      expect(await drizzle.historyTables(context.config, context.directory)).toEqual([
        'public.own_migrations',
      ])
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
