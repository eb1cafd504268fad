import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { until } from '../../test/support/until.ts'
import { withConnection } from '../postgres/connection.ts'
import { dbmate } from './dbmate.ts'
import { findFramework } from './frameworks.ts'
import type { MigrationContext } from './types.ts'

const server = sharedPostgres()
let directory: string
let context: MigrationContext & { url: string }

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lockkeeper-project-'))
  await mkdir(join(directory, 'db/migrations'), { recursive: true })
  const config = {
    migrations: {},
    migrate: { lockTimeout: 0.3, attempts: 5, deadline: 60 },
  }
  context = { directory, url: await server.createDatabase(), config }
})
afterEach(() => rm(directory, { recursive: true, force: true }))

// The project is outside this repository, so dbmate is found on the PATH.
const path = process.env['PATH']
beforeAll(() => {
  process.env['PATH'] = `${join(import.meta.dirname, '../../node_modules/.bin')}:${path}`
})
afterAll(() => {
  process.env['PATH'] = path
})

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, contents] of Object.entries(files)) {
    await writeFile(join(directory, 'db/migrations', name), contents)
  }
}

const file = (up: string, down = '', options = '') =>
  `-- migrate:up${options}\n${up}\n-- migrate:down${options}\n${down}\n`

const two = {
  '20240101_a.sql': file('create table a (id int);', 'drop table a;'),
  '20240102_b.sql': file('create table b (id int);', 'drop table b;'),
}

const connected = <T>(use: (client: pg.Client) => Promise<T>) => withConnection(context.url, use)

async function tables(): Promise<string> {
  return connected(async (client) => {
    const sql = `select string_agg(relname, ' ' order by relname) as names from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'`
    return (await client.query<{ names: string }>(sql)).rows[0]?.names ?? ''
  })
}

/** Keeps a table locked until released. */
async function lock(table: string): Promise<() => Promise<void>> {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  let locked = () => {}
  const isLocked = new Promise<void>((resolve) => (locked = resolve))
  const session = connected(async (client) => {
    await client.query('begin')
    await client.query(`lock table ${table}`)
    locked()
    await released
  })
  await isLocked
  return async () => {
    release()
    await session
  }
}

describe('read', () => {
  test('a database that dbmate never saw has nothing applied, and stays untouched', async () => {
    await write(two)
    const state = await dbmate.read(context)
    expect(state).toMatchObject({ applied: [], missing: [], outOfOrder: [], problems: [] })
    expect(state.pending.map(({ id, name, file, transaction }) => ({ id, name, file, transaction }))).toEqual(
      [
        { id: '20240101', name: 'a', file: 'db/migrations/20240101_a.sql', transaction: true },
        { id: '20240102', name: 'b', file: 'db/migrations/20240102_b.sql', transaction: true },
      ],
    )
    expect(await tables()).toBe('')
  })

  test('says what is missing and what was merged late', async () => {
    await write(two)
    expect((await dbmate.apply(context)).ok).toBe(true)
    await rm(join(directory, 'db/migrations/20240101_a.sql'))
    await write({ '20231231_late.sql': file('select 1;') })
    expect(await dbmate.read(context)).toMatchObject({
      applied: ['20240101', '20240102'],
      missing: ['20240101'],
      outOfOrder: ['20231231'],
    })
  })

  test('names versions that are used twice, and files that dbmate refuses', async () => {
    await write({ ...two, '20240102_c.sql': file('select 1;'), '3_x.sql': '-- migrate:up\nselect 1;' })
    const { problems, pending } = await dbmate.read(context)
    expect(problems).toEqual([
      'The version 20240102 is used by several files: 20240102_b.sql and 20240102_c.sql.',
      `dbmate does not accept db/migrations/3_x.sql: it has no '-- migrate:down' line.`,
    ])
    expect(pending.find(({ id }) => id === '3')?.sql).toBe(null)
    await expect(dbmate.apply(context)).rejects.toThrow('is used by several files')
    expect(await tables()).toBe('')
  })

  test('without a database everything is pending', async () => {
    await write(two)
    expect((await dbmate.read({ ...context, url: null })).pending).toHaveLength(2)
  })

  test('honours a table in another schema', async () => {
    await write(two)
    const config = { ...context.config, migrations: { ...context.config.migrations, table: 'history.done' } }
    const other = { ...context, config }
    expect((await dbmate.apply(other, { count: 1 })).applied).toEqual(['20240101'])
    expect((await dbmate.read(other)).applied).toEqual(['20240101'])
  })

  test('a block without statements is no way back', async () => {
    await write({ '1_a.sql': file('create table a (id int);', '-- nothing to do') })
    expect((await dbmate.read(context)).pending[0]?.reverse.available).toBe(false)
  })
})

describe('apply', () => {
  test('a prefix, and nothing else', async () => {
    await write(two)
    const first = await dbmate.apply(context, { count: 1 })
    expect(first).toMatchObject({ ok: true, exitCode: 0, applied: ['20240101'] })
    expect(await tables()).toBe('a schema_migrations')
    expect((await dbmate.apply(context)).applied).toEqual(['20240102'])
    expect(await dbmate.apply(context)).toMatchObject({ ok: true, applied: [] })
  })

  test('stops at the migration that fails, and says which were applied', async () => {
    await write({
      ...two,
      '20240103_c.sql': file('create table c (id int); select 1/0;'),
      '20240104_d.sql': file('create table d (id int);'),
    })
    const result = await dbmate.apply(context)
    expect(result).toMatchObject({ ok: false, applied: ['20240101', '20240102'] })
    expect(result.exitCode).not.toBe(0)
    expect(result.reason).toContain('Migration 20240103 was not applied')
    expect(result.reason).toContain('division by zero')
    expect(await tables()).toBe('a b schema_migrations')
  })

  test('outside a transaction', async () => {
    await write(two)
    await dbmate.apply(context)
    const sql = 'create index concurrently a_id on a (id);'
    await write({ '20240103_c.sql': file(sql, 'drop index concurrently a_id;', ' transaction:false') })
    expect((await dbmate.apply(context)).ok).toBe(true)
    expect((await dbmate.reverse(context, ['20240103'])).ok).toBe(true)
  })

  test('tries again when it did not get its lock', async () => {
    await write(two)
    await dbmate.apply(context, { count: 1 })
    await write({ '20240102_b.sql': file('alter table a add column x int;') })
    const release = await lock('a')
    const lines: string[] = []
    const run = dbmate.apply(context, { onOutput: (text) => lines.push(text) })
    await until(() => lines.some((line) => line.includes('try 2 of 5')))
    await release()
    expect(await run).toMatchObject({ ok: true, applied: ['20240102'] })
  })

  test('gives up after its tries, with nothing changed', async () => {
    await write(two)
    await dbmate.apply(context, { count: 1 })
    await write({ '20240102_b.sql': file('create table b (id int); alter table a add column x int;') })
    const release = await lock('a')
    const config = { ...context.config, migrate: { lockTimeout: 0.1, attempts: 2 } }
    const result = await dbmate.apply({ ...context, config })
    await release()
    expect(result).toMatchObject({ ok: false, applied: [] })
    expect(await tables()).toBe('a schema_migrations')
  })

  test('a failed CREATE INDEX CONCURRENTLY leaves no invalid index behind, and those of others alone', async () => {
    await write(two)
    await dbmate.apply(context)
    await connected(async (client) => {
      await client.query('insert into a values (1), (1)')
      await expect(client.query('create unique index concurrently old on a (id)')).rejects.toThrow()
    })
    await write({
      '20240103_c.sql': file('create unique index concurrently mine on a (id);', '', ' transaction:false'),
    })
    expect((await dbmate.apply(context)).ok).toBe(false)
    const { rows } = await connected((client) =>
      client.query(`select relname from pg_class where relkind = 'i' and relname in ('old', 'mine')`),
    )
    expect(rows).toEqual([{ relname: 'old' }])
  })

  test('is stopped by a signal: its session ends, and nothing was applied', async () => {
    await write({ '1_slow.sql': file('create table slow (id int); select pg_sleep(60);') })
    const controller = new AbortController()
    const run = dbmate.apply(context, { signal: controller.signal })
    const sleeping = `select from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`
    await connected((client) => until(async () => (await client.query(sleeping)).rowCount === 1))
    controller.abort()
    expect(await run).toMatchObject({
      ok: false,
      applied: [],
      exitCode: null,
      reason: 'Migration 1 was stopped before it was applied.',
    })
    expect((await connected((client) => client.query(sleeping))).rowCount).toBe(0)
  })

  test('ends at its deadline', async () => {
    await write({ '1_slow.sql': file('select pg_sleep(60);') })
    const config = { ...context.config, migrate: { ...context.config.migrate, deadline: 1 } }
    const result = await dbmate.apply({ ...context, config })
    expect(result).toMatchObject({ ok: false, reason: 'Migration 1 was not applied before its deadline.' })
  })

  test('a database that cannot be reached is a precondition', async () => {
    await write(two)
    const url = 'postgres://someone:secret@127.0.0.1:1/none'
    const error: unknown = await dbmate.apply({ ...context, url }).catch((reason: unknown) => reason)
    expect(String(error)).toContain('The database cannot be reached')
    expect(String(error)).not.toContain('secret')
  })

  test('needs dbmate', async () => {
    await write(two)
    const before = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    try {
      await expect(dbmate.apply(context)).rejects.toThrow('dbmate is not installed')
    } finally {
      process.env['PATH'] = before
    }
  })
})

describe('reverse', () => {
  test('exactly the given ones, newest first', async () => {
    await write({ ...two, '20240103_c.sql': file('create table c (id int);', 'drop table c;') })
    await dbmate.apply(context)
    expect(await dbmate.reverse(context, ['20240103', '20240102'])).toMatchObject({
      ok: true,
      applied: ['20240103', '20240102'],
    })
    expect(await tables()).toBe('a schema_migrations')
  })

  test('refuses when a newer one is applied', async () => {
    await write(two)
    await dbmate.apply(context)
    const result = await dbmate.reverse(context, ['20240101'])
    expect(result).toMatchObject({
      ok: false,
      applied: [],
      reason: 'The newest applied migration is 20240102, not 20240101: it was not undone.',
    })
    expect(await tables()).toBe('a b schema_migrations')
  })

  test('stops at the first that fails', async () => {
    await write({ ...two, '20240102_b.sql': file('create table b (id int);', 'drop table nothing;') })
    await dbmate.apply(context)
    const result = await dbmate.reverse(context, ['20240102', '20240101'])
    expect(result).toMatchObject({ ok: false, applied: [] })
    expect(await tables()).toBe('a b schema_migrations')
  })

  test('changes nothing when one of them has no way back', async () => {
    await write({ ...two, '20240101_a.sql': file('create table a (id int);') })
    await dbmate.apply(context)
    const result = await dbmate.reverse(context, ['20240102', '20240101'])
    expect(result).toMatchObject({
      ok: false,
      applied: [],
      reason: 'Migration 20240101 has no statements to undo it.',
    })
    expect(await tables()).toBe('a b schema_migrations')
  })
})

describe('recognition', () => {
  test('by its files, by its name, or not at all', async () => {
    const { config } = context
    expect(await findFramework(directory, config)).toBe(undefined)
    await write(two)
    expect((await findFramework(directory, config))?.name).toBe('dbmate')
    const named = (framework: string) =>
      findFramework('/', { ...config, migrations: { ...config.migrations, framework } })
    expect((await named('dbmate'))?.name).toBe('dbmate')
    expect(await named('none')).toBe(undefined)
    await expect(named('liquibase')).rejects.toThrow(`does not know the framework 'liquibase'`)
  })
})
