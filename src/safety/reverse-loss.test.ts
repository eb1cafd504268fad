import type pg from 'pg'
import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { whatReverseLoses } from './reverse-loss.ts'
import { judge } from './verdict.ts'

const server = sharedPostgres()

/** Applies the migration to a table of two rows, lets `writes` happen, and asks. */
async function lossesAfter(sql: string, writes: string, use?: (client: pg.Client) => Promise<unknown>) {
  return withConnection(await server.createDatabase(), async (client) => {
    await client.query(`create table t (id int primary key); insert into t values (1), (2)`)
    const { migrations } = await judge([pendingSql(sql)])
    await client.query(sql)
    await client.query(writes)
    await use?.(client)
    return whatReverseLoses(
      client,
      migrations.flatMap(({ effects }) => effects),
      { timeout: 1 },
    )
  })
}

test.each([
  ['a new table without rows', 'create table u (a int)', 'select 1'],
  ['a new column that nobody filled', 'alter table t add c text', 'insert into t values (3)'],
  [
    'a new column with its default alone',
    "alter table t add c text not null default 'x'",
    'insert into t values (3)',
  ],
  ['a column of a new table', 'create table u (a int); alter table u add b int', 'insert into t values (3)'],
  ['an index', 'create index i on t (id)', 'insert into t values (3)'],
])('%s is no loss', async (_, sql, writes) => {
  expect(await lossesAfter(sql, writes)).toEqual([])
})

test.each([
  [
    'rows of a new table',
    'create table u (a int)',
    'insert into u values (1)',
    'the table u with 1 row of data',
  ],
  [
    'values of a new column',
    'alter table t add c text',
    "update t set c = 'x'",
    'the column t.c with 2 rows of data',
  ],
  [
    'values beside the default',
    "alter table t add c text default 'x'",
    "insert into t values (3, 'y')",
    'the column t.c with 1 row of data',
  ],
  [
    'many rows',
    'create table u (a int)',
    'insert into u select generate_series(1, 5000)',
    '1000 or more rows',
  ],
])('%s are a loss', async (_, sql, writes, words) => {
  const [loss, ...others] = await lossesAfter(sql, writes)
  expect(others).toEqual([])
  expect(loss?.sentence).toContain(words)
})

test('a question that cannot be answered counts as a loss', async () => {
  const [loss] = await lossesAfter('create table u (a int)', 'drop table u')
  expect(loss).toMatchObject({
    table: 'u',
    rows: null,
    sentence: 'Whether the table u holds something could not be found out.',
  })
})

test('what the migration itself removed does not come back by undoing it', async () => {
  const [loss] = await lossesAfter('delete from t where id = 1', 'select 1')
  expect(loss).toMatchObject({ table: 't', rows: null })
})
