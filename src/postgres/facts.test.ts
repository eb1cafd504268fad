import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { startPostgres, startStandby } from '../../test/support/postgres.ts'
import { until } from '../../test/support/until.ts'
import { withReplicas } from '../safety/replicas.ts'
import { judge } from '../safety/verdict.ts'
import { withConnection } from './connection.ts'
import { readFacts, type Facts } from './facts.ts'

let server: Awaited<ReturnType<typeof startPostgres>>
let url: string
beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase()
  await withConnection(url, (client) =>
    client.query(`create role plain login; create table items (id int); insert into items values (1); create table fresh (id int); create table parts (id int) partition by list (id);
      create table part_1 partition of parts for values in (1); create table part_2 partition of parts for values in (2)`),
  )
})
afterAll(() => server.close())

const ask = <T>(use: (client: pg.Client) => Promise<T>, from = url) => withConnection(from, use)
const asPlain = () => url.replace('postgres@', 'plain@')

describe('rows and writes', () => {
  test('are not known before the first analyze, unless there is not a page of them; those of a partitioned table are the sum of its partitions', async () => {
    const before = await ask(readFacts)
    expect([before.rows('items'), before.writesPerSecond?.('items')]).toEqual([null, null])
    expect(before.rows('parts')).toBe(0)
    expect(before.rows('fresh')).toBe(0)
    await ask((client) =>
      client.query(
        'insert into parts select 1 + i % 2 from generate_series(1, 30) i; analyze part_1; analyze part_2',
      ),
    )
    expect((await ask(readFacts)).rows('parts')).toBe(30)
  })

  test('per second are counted since the last analyze', async () => {
    const facts = await ask(async (client) => {
      await client.query('analyze items')
      // Before version 15 the counters follow a moment later.
      await until(async () => (await readFacts(client)).relation?.('items')?.writesSinceAnalyze === 0)
      return readFacts(client)
    })
    // Seconds after an analyze are no time to count in.
    expect(facts.writesPerSecond?.('items')).toBeNull()
  })
})

describe('a follower', () => {
  test('shows in the facts with how far it is behind, and in the notes', async () => {
    const follower = await startStandby(server.url)
    try {
      await until(
        async () =>
          (await ask(readFacts)).server?.replicas.some(({ state }) => state === 'streaming') === true,
      )
      const facts = await ask(readFacts)
      expect(facts.server?.replicas).toMatchObject([
        { name: 'follower', state: 'streaming', isStandby: true },
      ])
      expect(facts.server?.replicas[0]?.behind).toBeGreaterThanOrEqual(0)
      const hidden = await ask(readFacts, asPlain())
      expect(hidden.server?.replicas).toEqual([
        { name: 'follower', state: null, lag: null, behind: null, isStandby: null },
      ])
      expect(await notes(facts, 'alter table items alter id type bigint')).toEqual([
        expect.stringMatching(
          /^It writes about 5.0 GB again for items: .* It has to reach follower \(streaming, .*behind now\)\.$/,
        ),
        expect.stringMatching(/^Its ACCESS EXCLUSIVE lock on items is replayed by follower/),
      ])
      expect(await notes(hidden, 'alter table items add column a int')).toEqual([
        expect.stringContaining('how far it is behind, the role of the connection may not see'),
      ])
      await expect(ask(readFacts, follower.url)).rejects.toMatchObject({
        exitCode: 7,
        message: expect.stringContaining('The database is a standby') as string,
      })
    } finally {
      await follower.close()
    }
  }, 60_000)

  test('that is not there is not worth a word', async () => {
    await until(async () => (await ask(readFacts)).server?.replicas.length === 0)
    const facts = await ask(readFacts)
    expect(await notes(facts, 'alter table items add column a int', 1000)).toEqual([])
    expect(await notes(facts, 'alter table items alter id type bigint', 1000)).toEqual([])
    expect(await notes(facts, 'alter table items alter id type bigint')).toEqual([
      expect.stringContaining('How much is free, only the provider knows.'),
    ])
  }, 60_000)

  /** What is noted of a table of that size. */
  async function notes(facts: Facts, sql: string, bytes = 5e9): Promise<string[]> {
    const judged = withReplicas(await judge([pendingSql(sql)], facts), { ...facts, bytes: () => bytes })
    return judged.migrations
      .flatMap(({ findings }) => findings)
      .filter(({ rule }) => ['much-to-write', 'standby-queries'].includes(rule))
      .map(({ message }) => message)
  }
})

test('a database that only reads is refused', async () => {
  const other = await server.createDatabase()
  const name = new URL(other).pathname.slice(1)
  await ask((client) => client.query(`alter database ${name} set default_transaction_read_only = on`))
  await expect(ask(readFacts, other)).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('default_transaction_read_only') as string,
  })
})

describe('one clear message', () => {
  test('when the database goes away', async () => {
    const gone = ask(async (client) => {
      await ask((other) =>
        other.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      )
      return readFacts(client)
    })
    await expect(gone).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(
        /^The database went away while its catalogs were being read\./,
      ) as string,
    })
  })

  test('when a catalog may not be read', async () => {
    await ask((client) => client.query('revoke select on pg_catalog.pg_stat_replication from public'))
    try {
      await expect(ask(readFacts, asPlain())).rejects.toMatchObject({
        exitCode: 7,
        message: expect.stringContaining('may not read the catalogs of the database') as string,
      })
    } finally {
      await ask((client) => client.query('grant select on pg_catalog.pg_stat_replication to public'))
    }
  })
})
