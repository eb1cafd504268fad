import { expect, test } from 'vitest'
import { startPostgres } from '../../test/support/postgres.ts'
import { until } from '../../test/support/until.ts'
import { findBlockers, type Blocker } from './blockers.ts'
import { withConnection } from './connection.ts'

/** Vacuums against wraparound begin soon, and take their time. */
const settings = {
  autovacuum_freeze_max_age: '100000',
  vacuum_freeze_min_age: '0',
  vacuum_freeze_table_age: '0',
  autovacuum_naptime: '1s',
  autovacuum_vacuum_cost_delay: '100ms',
  autovacuum_vacuum_cost_limit: '1',
}

/** Each subtransaction that writes takes a number of its own. */
const useNumbers = `do $$ begin for i in 1..110000 loop begin insert into numbers values (i); exception when others then null; end; end loop; end $$`

test('a vacuum against wraparound is in the way, and known to every role', async () => {
  const server = await startPostgres(settings)
  const find = (url: string): Promise<Blocker[]> =>
    withConnection(url, (client) =>
      findBlockers(client, { locks: [{ table: 'items', lock: 'SHARE UPDATE EXCLUSIVE' }], snapshots: true }),
    )
  try {
    await withConnection(server.url, async (client) => {
      await client.query(`create role plain login; create table items (id int, note text) with (autovacuum_enabled = off);
        create table numbers (i int);
        insert into items select i, repeat('x', 500) from generate_series(1, 40000) i`)
      expect(await findBlockers(client, { locks: [], snapshots: true })).toEqual([])
      await client.query(useNumbers)
    })
    await until(async () => (await find(server.url)).length > 0, 60)
    const expected = { what: 'vacuum against wraparound', tables: ['items'], why: 'lock' }
    expect(await find(server.url)).toMatchObject([expected])
    // Whose vacuum it is and what for, a plain role may not see: the age of the table tells.
    expect(await find(server.url.replace('postgres@', 'plain@'))).toMatchObject([{ ...expected, age: null }])
  } finally {
    await server.close()
  }
}, 120_000)
