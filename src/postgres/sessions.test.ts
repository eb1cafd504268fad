import pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { until } from '../../test/support/until.ts'
import { withConnection } from './connection.ts'
import { readFacts } from './facts.ts'
import { rowLimit, runInvariant } from './invariants.ts'
import { endSessionsOf } from './own-sessions.ts'
import { readWriteCounters, writesBetween } from './writes.ts'

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
  await connected((client) =>
    client.query('create table items (id int primary key, note text); create table others (id int)'),
  )
})

const connected = <T>(use: (client: pg.Client) => Promise<T>, options = {}) =>
  withConnection(url, use, options)

describe('connection', () => {
  test('is named, bounded and read only when asked', async () => {
    const options = { applicationName: 'me', statementTimeout: 1.5, readOnly: true }
    await connected(async (client) => {
      const { rows } = await client.query(`select current_setting('application_name') as name,
        current_setting('statement_timeout') as timeout`)
      expect(rows).toEqual([{ name: 'me', timeout: '1500ms' }])
      await expect(client.query('insert into items values (1)')).rejects.toThrow('read-only transaction')
    }, options)
  })

  test('is closed, whatever the end', async () => {
    const sessions = `select from pg_stat_activity where application_name = 'closing'`
    await expect(
      connected(() => Promise.reject(new Error('mine')), { applicationName: 'closing' }),
    ).rejects.toThrow('mine')
    await connected((client) => until(async () => (await client.query(sessions)).rowCount === 0))
  })

  test.each([
    ['nobody listens', 'postgres://someone:top%20secret@127.0.0.1:1/none', 'ECONNREFUSED'],
    ['no such host', 'postgres://someone:top%20secret@nowhere.invalid/none', 'nowhere.invalid'],
    ['not a URL', 'host=secret', 'not a URL'],
  ])('that fails says why and no more: %s', async (_, wrong, why) => {
    const error: unknown = await withConnection(wrong, async () => null, { app: 'shop' }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ name: 'PreconditionError', exitCode: 7, cause: undefined })
    expect(String(error)).toContain(why)
    expect(String(error)).not.toContain('secret')
  })

  test('to a database that does not exist names the app', async () => {
    const wrong = url.replace(/\/[^/]*$/, '/missing')
    await expect(withConnection(wrong, async () => null, { app: 'shop' })).rejects.toThrow(
      'The database of app shop cannot be reached: database "missing" does not exist.',
    )
  })
})

describe('writes', () => {
  test('are counted by table', async () => {
    await connected(async (client) => {
      await client.query(`insert into items select i from generate_series(1, 5) i`)
      const before = await settled(client, 5)
      await client.query(
        `insert into items values (6); update items set note = 'x'; delete from items where id < 3`,
      )
      await until(async () => writesBetween(before, await readWriteCounters(client)).tables.length > 0)
      expect(writesBetween(before, await readWriteCounters(client))).toEqual({
        complete: true,
        tables: [{ table: 'public.items', inserted: 1, updated: 6, deleted: 2 }],
      })
    })
  })

  test('none is none', async () => {
    await connected(async (client) => {
      const counters = await readWriteCounters(client)
      expect(writesBetween(counters, counters)).toEqual({ complete: true, tables: [] })
    })
  })

  test('a reset in between, or a dropped table, is admitted', async () => {
    await connected(async (client) => {
      await client.query('insert into items values (1)')
      const before = await settled(client, 1)
      await client.query('select pg_stat_reset()')
      await until(async () => !writesBetween(before, await readWriteCounters(client)).complete)
      const middle = await readWriteCounters(client)
      await client.query('drop table others')
      await until(async () => !writesBetween(middle, await readWriteCounters(client)).complete)
    })
  })

  async function settled(client: pg.Client, inserted: number) {
    await until(async () => (await readWriteCounters(client)).tables['public.items']?.inserted === inserted)
    return readWriteCounters(client)
  }
})

describe('invariants', () => {
  test('hold when no row comes', async () => {
    expect(
      await connected((client) => runInvariant(client, 'select from items where note is null;')),
    ).toEqual({ rows: [] })
  })

  test('show the rows that break them, but not all of a large table', async () => {
    const result = await connected((client) =>
      runInvariant(client, 'select i from generate_series(1, 1000000) i'),
    )
    expect(result.rows).toHaveLength(rowLimit)
    expect(result.rows[0]).toEqual({ i: 1 })
  })

  test.each([
    ['writing', 'with w as (insert into items values (1) returning *) select * from w'],
    ['two statements', 'select 1; drop table items'],
    ['nonsense', 'selec 1'],
  ])('%s is an error, and changes nothing', async (_, sql) => {
    await connected(async (client) => {
      await expect(runInvariant(client, sql)).rejects.toThrow()
      expect((await client.query('select from items')).rowCount).toBe(0)
    })
  })

  test('that do not end in time are an error', async () => {
    await connected(async (client) => {
      await expect(runInvariant(client, 'select pg_sleep(60)', { timeout: 0.2 })).rejects.toThrow(
        'statement timeout',
      )
    })
  })
})

test('sessions of a killed command are ended, by their name alone', async () => {
  const doomed = new pg.Client({ connectionString: url, application_name: 'doomed' })
  const ended = new Promise((resolve) => doomed.once('end', resolve))
  doomed.on('error', () => undefined)
  await doomed.connect()
  await connected(async (client) => {
    expect(await endSessionsOf(client, 'doomed', 10)).toBe(true)
    expect(await endSessionsOf(client, 'nobody', 10)).toBe(true)
  })
  await ended
})

test('facts: sizes, columns, constraints, indexes, domains', async () => {
  await connected(async (client) => {
    await client.query(`
      create schema shop; create domain shop.amount as int check (value > 0); create domain free as int;
      create table shop."Order" (id int primary key, code varchar(9) not null default 'x', "user" int references items);
      create unique index by_code on shop."Order" (lower(code), "user");
      create table parts (day date) partition by range (day);
      insert into items select i from generate_series(1, 100) i; analyze`)
    const facts = await readFacts(client)
    expect(facts.version).toBeGreaterThanOrEqual(13)
    expect(facts.rows('items')).toBe(100)
    expect(facts.bytes('public.items')).toBeGreaterThan(8000)
    expect([facts.bytes('missing'), facts.rows('missing'), facts.kind?.('missing')]).toEqual([
      null,
      null,
      null,
    ])
    expect(facts.kind?.('parts')).toBe('partitioned table')
    expect(facts.column?.('shop."Order"', 'code')).toMatchObject({
      type: 'character varying(9)',
      notNull: true,
      hasDefault: true,
    })
    expect(facts.column?.('shop."Order"', '"user"')).toMatchObject({
      type: 'integer',
      notNull: false,
      hasDefault: false,
    })
    expect(facts.constraint?.('items', 'items_pkey')).toMatchObject({ kind: 'primary key', columns: ['id'] })
    const kinds = facts.constraints?.('shop."Order"').map(({ kind }) => kind)
    // From version 18 on a NOT NULL is a constraint as well.
    expect(kinds?.filter((kind) => kind !== 'not null').sort()).toEqual(['foreign key', 'primary key'])
    expect(facts.index?.('shop.by_code')).toMatchObject({
      table: 'shop."Order"',
      unique: true,
      columns: [null, '"user"'],
    })
    expect(facts.domain?.('shop.amount')).toMatchObject({ constrained: true })
    expect(facts.domain?.('free')).toMatchObject({ constrained: false })
    expect(facts.domain?.('text')).toBe(null)
  })
})
