import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { until } from '../../test/support/until.ts'
import { findBlockers, type Blocker, type WantedLock } from './blockers.ts'
import { withConnection } from './connection.ts'
import { lockModes, type LockMode } from './lock-modes.ts'
import { shortQuery } from './short-query.ts'

const server = sharedPostgres({ max_prepared_transactions: '5' })
let url: string
beforeAll(async () => {
  await withConnection(server.url, (client) => client.query('create role plain login'))
})
beforeEach(async () => {
  url = await server.createDatabase()
  await connected((client) =>
    client.query(`create table items (id int primary key, note text); create table others (id int);
      create schema shop; create table shop.items (id int)`),
  )
})

const connected = <T>(use: (client: pg.Client) => Promise<T>, options = {}) =>
  withConnection(url, use, options)

/** Other sessions with these statements, for as long as `use` runs. */
async function besides<T>(statements: readonly string[], use: () => Promise<T>, name = 'other'): Promise<T> {
  return connected(
    async (client) => {
      for (const statement of statements) await client.query(statement)
      return use()
    },
    { applicationName: name },
  )
}

const whole: WantedLock = { table: 'items', lock: 'ACCESS EXCLUSIVE' }

const find = (locks: readonly WantedLock[] = [whole], snapshots = false, from = url): Promise<Blocker[]> =>
  withConnection(from, (client) => findBlockers(client, { locks, snapshots }))

describe('sessions with a lock', () => {
  test('are in the way when they are idle in a transaction', async () => {
    await besides(['begin', `select /* held */ * from items where note = 'secret' limit 5`], async () => {
      const blockers = await find([
        whole,
        { table: 'public.others', lock: 'ACCESS EXCLUSIVE' },
        { table: 'missing', lock: 'SHARE' },
      ])
      expect(blockers).toMatchObject([
        {
          what: 'session',
          applicationName: 'other',
          state: 'idle in transaction',
          query: 'select /* held */ * from items where note = ? limit ?',
          tables: ['items'],
          held: [{ table: 'items', lock: 'ACCESS SHARE' }],
          why: 'lock',
        },
      ])
      expect(blockers[0]?.age).toBeGreaterThanOrEqual(0)
    })
  })

  test('are nothing to a lock that goes with theirs', async () => {
    await besides(['begin', 'insert into items values (1)'], async () => {
      expect(await find([{ table: 'items', lock: 'ROW EXCLUSIVE' }])).toEqual([])
      expect(await find([{ table: 'items', lock: 'SHARE UPDATE EXCLUSIVE' }])).toEqual([])
      expect(await find([{ table: 'shop.items', lock: 'ACCESS EXCLUSIVE' }])).toEqual([])
      expect(await find([{ table: 'items', lock: 'SHARE' }])).toHaveLength(1)
    })
  })

  test('are not those of the session that asks, nor those that only just work', async () => {
    await connected(async (client) => {
      await client.query('begin; select from items')
      expect(await findBlockers(client, { locks: [whole], snapshots: true })).toEqual([])
    })
  })

  test('are found when they wait themselves: they are served first', async () => {
    await besides(['begin', 'select from items'], async () => {
      await connected(async (waiting) => {
        const wait = waiting.query('alter table items add column x int').catch(() => undefined)
        const share: WantedLock = { table: 'items', lock: 'ROW SHARE' }
        await until(async () => (await find([share])).length > 0)
        expect(await find([share])).toMatchObject([{ applicationName: 'lockkeeper', state: 'active' }])
        await connected((client) =>
          client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'other'`,
          ),
        )
        await wait
      })
    })
  }, 20_000)

  test('of other roles are known by their locks alone', async () => {
    await besides(['begin', 'select * from items'], async () => {
      expect(await find([whole], true, url.replace('postgres@', 'plain@'))).toMatchObject([
        { what: 'session', age: null, state: '', query: '', applicationName: 'other', tables: ['items'] },
      ])
    })
  })
})

test('Postgres and this agree on which lock modes are in the way of each other', async () => {
  for (const held of lockModes) {
    await besides(['begin', `lock table items in ${held} mode`], async () => {
      const waits: LockMode[] = []
      await connected(async (client) => {
        for (const mode of lockModes) {
          await client.query('begin')
          await client.query(`lock table items in ${mode} mode nowait`).catch(() => waits.push(mode))
          await client.query('rollback')
        }
      })
      const found = await Promise.all(
        lockModes.map(async (lock) => ((await find([{ table: 'items', lock }])).length > 0 ? [lock] : [])),
      )
      expect(found.flat()).toEqual(waits)
    })
  }
})

test('a prepared transaction is found without a session', async () => {
  await connected(async (client) => {
    await client.query('begin')
    await client.query('insert into items values (1)')
    await client.query(`prepare transaction 'half done'`)
  })
  expect(await find()).toMatchObject([
    { what: 'prepared transaction', pid: null, applicationName: 'half done', tables: ['items'], why: 'lock' },
  ])
  await connected((client) => client.query(`rollback prepared 'half done'`))
  expect(await find()).toEqual([])
})

test('a dump is known by its name', async () => {
  await besides(
    ['begin isolation level repeatable read', 'lock table items in access share mode'],
    async () => expect(await find()).toMatchObject([{ what: 'dump', applicationName: 'pg_dump' }]),
    'pg_dump',
  )
})

describe('CONCURRENTLY', () => {
  /** Whether CREATE INDEX CONCURRENTLY on items ends while the others are there. */
  const ends = () =>
    connected(async (client) => {
      await client.query(`set statement_timeout = '1s'`)
      const built = await client.query('create index concurrently i on items (note)').then(
        () => true,
        () => false,
      )
      await client.query('set statement_timeout = 0; drop index if exists i')
      return built
    })

  test('waits for old snapshots, and each is found', async () => {
    await besides(['begin isolation level repeatable read', 'select * from others'], async () => {
      await until(async () => (await find([], true)).length > 0)
      expect(await find([{ table: 'items', lock: 'SHARE' }], true)).toMatchObject([
        { why: 'snapshot', tables: [] },
      ])
      expect(await find([whole], false)).toEqual([])
      expect(await ends()).toBe(false)
    })
  }, 20_000)

  test('does not wait for who wrote elsewhere and holds no snapshot', async () => {
    await besides(['begin', 'insert into others values (1)'], async () => {
      expect(await ends()).toBe(true)
    })
  })
})

describe('a query is shown', () => {
  test.each([
    [
      `select * from t where mail = 'a@b.c' and id=12 and x1 = $1`,
      'select * from t where mail = ? and id=? and x1 = $1',
    ],
    [
      `update t set a = E'it\\'s', b = 'it''s'\n\twhere c = $tag$it$tag$`,
      'update t set a = ?, b = ? where c = ?',
    ],
    [`insert into t values ('cut of`, 'insert into t values (?'],
    ['x'.repeat(200), `${'x'.repeat(120)}…`],
  ])('without its values: %s', (query, shown) => {
    expect(shortQuery(query)).toBe(shown)
  })
})
