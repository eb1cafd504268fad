import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { until } from '../../test/support/until.ts'
import { oldTransaction } from '../postgres/blockers.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts } from '../postgres/facts.ts'
import type { Finding } from './finding.ts'
import { withSessions } from './sessions.ts'
import { judge } from './verdict.ts'

const server = sharedPostgres({ max_prepared_transactions: '5' })
let url: string
beforeAll(async () => {
  url = await server.createDatabase()
  await connected((client) =>
    client.query('create table items (id int, note text); create table others (id int)'),
  )
})

const connected = <T>(use: (client: pg.Client) => Promise<T>, applicationName = 'lockkeeper') =>
  withConnection(url, use, { applicationName })

async function notes(...migrations: readonly string[]): Promise<readonly Finding[]> {
  return connected(async (client) => {
    const pending = migrations.map((sql, index) =>
      pendingSql(sql, { id: String(index), transaction: false, singleQuery: false }),
    )
    const judged = await withSessions(client, await judge(pending, await readFacts(client)))
    const findings = judged.migrations.flatMap((migration) => migration.findings)
    return findings.filter(({ rule }) => rule === 'session-in-the-way')
  })
}

/** As soon as a transaction that began before is old enough to be worth a word. */
async function untilOld(client: pg.Client): Promise<void> {
  await until(async () => {
    const { rows } = await client.query<{ old: boolean }>(
      `select clock_timestamp() - now() > make_interval(secs => $1) as old`,
      [oldTransaction],
    )
    return rows[0]?.old === true
  })
}

describe('who is in the way at this moment', () => {
  test('is noted once, at the first statement that would wait', async () => {
    await connected(async (other) => {
      await other.query('begin')
      await other.query(`select * from items where note = 'private'`)
      await untilOld(other)
      const found = await notes(
        'create table fresh (id int); alter table others add column a int',
        'create index on items (id); alter table items add column a int; alter table items add column b int',
      )
      expect(found).toHaveLength(1)
      expect(found[0]).toMatchObject({ severity: 'note', migration: '1', table: 'items' })
      expect(found[0]?.sql).toBe('alter table items add column a int')
      expect(found[0]?.message).toMatch(
        /^The session pid \d+ \(reports, idle in transaction\) has a lock on items, in a transaction that began \d+ s ago, at [-\d]+ [:\d]+ UTC \(seen at [-\d]+ [:\d]+ UTC\)\. Its query: .*/,
      )
      expect(found[0]?.message).toContain('Another statement would wait as well.')
      expect(found[0]?.message).not.toContain('private')
    }, 'reports')
  }, 30_000)

  test('by an old snapshot is noted for CONCURRENTLY only, and the oldest is named', async () => {
    await connected(async (first) => {
      await first.query('begin isolation level repeatable read; select * from others')
      await connected(async (second) => {
        await second.query('begin isolation level repeatable read; select * from others')
        await untilOld(second)
        expect(await notes('create index on items (id)')).toEqual([])
        const found = await notes(
          'create index concurrently i on items (id)',
          'create index concurrently j on items (note)',
        )
        expect(found).toHaveLength(1)
        expect(found[0]?.message).toMatch(/\(oldest, idle in transaction\) has an old snapshot/)
        expect(found[0]?.message).toContain('Another session has one as well.')
      }, 'younger')
    }, 'oldest')
  }, 30_000)

  test('as a prepared transaction is noted with what ends it', async () => {
    await connected(async (client) => {
      await client.query('begin; insert into items values (1)')
      await untilOld(client)
      await client.query(`prepare transaction 'half'`)
      await until(async () => (await notes('alter table items add column a int')).length > 0)
      const [found] = await notes('alter table items add column a int')
      expect(found?.message).toContain(`ROLLBACK PREPARED 'half' does`)
      await client.query(`rollback prepared 'half'`)
    })
  }, 30_000)

  test('and young is not worth a word: a deploy looks again', async () => {
    await connected(async (other) => {
      await other.query('begin; select * from items')
      expect(await notes('alter table items add column a int')).toEqual([])
    })
  })
})
