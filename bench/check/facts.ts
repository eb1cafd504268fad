import type pg from 'pg'
import { withConnection } from '../../src/postgres/connection.ts'
import { readFacts } from '../../src/postgres/facts.ts'
import { startPostgres } from '../../test/support/postgres.ts'

const tables = 5000
/** What readFacts may send, BEGIN and SET included: fewer than ten. */
const mostStatements = 9
/** The time to read the facts over that of one `select 1` on the same connection: its order of magnitude. */
const ratioBound = 100_000
const rounds = 5
const trivialRounds = 200

/** Reads the facts of a database with thousands of tables, with the server's own count of the statements that this took. */
export async function benchFacts(): Promise<boolean> {
  const server = await startPostgres({
    shared_preload_libraries: 'pg_stat_statements',
    max_locks_per_transaction: '1024',
  })
  try {
    return await withConnection(await server.createDatabase(), async (client) => {
      await client.query('create extension pg_stat_statements')
      await createTables(client)
      const statements = await countStatements(client, () => readFacts(client))
      const milliseconds = await fastest(rounds, () => readFacts(client))
      const trivial = await fastest(trivialRounds, () => client.query('select 1'))
      return report(statements, milliseconds, trivial)
    })
  } finally {
    await server.close()
  }
}

/** Each with a key, an index, a check, and a foreign key to the one before it; a view on every tenth. */
async function createTables(client: pg.Client): Promise<void> {
  await client.query(`
    do $$ begin
      for number in 1..${tables} loop
        execute format('create table items_%s (id bigserial primary key, title text not null, price numeric(10, 2) default 0 '
          'constraint price_%1$s check (price >= 0), previous bigint references items_%2$s, created_at timestamptz default now())',
          number, greatest(number - 1, 1));
        execute format('create index on items_%s (created_at, title)', number);
        if number % 10 = 0 then execute format('create view seen_%s as select id, title from items_%1$s', number); end if;
      end loop;
    end $$`)
  await client.query('analyze')
}

/** Those of this session that reach the server, each one of a batch counted. */
async function countStatements(client: pg.Client, use: () => Promise<unknown>): Promise<number> {
  await client.query('select pg_stat_statements_reset()')
  await use()
  const { rows } = await client.query<{ count: number }>(
    `select sum(calls)::int as count from pg_stat_statements where query !~ 'pg_stat_statements_reset'
      and dbid = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0]?.count ?? 0
}

async function fastest(times: number, use: () => Promise<unknown>): Promise<number> {
  let best = Infinity
  for (let left = times; left > 0; left--) {
    const start = performance.now()
    await use()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function report(statements: number, milliseconds: number, trivial: number): boolean {
  const ratio = milliseconds / trivial
  process.stdout.write(
    [
      `check: facts of a database with ${tables.toLocaleString('en')} tables`,
      `  statements       ${statements} (at most ${mostStatements})`,
      `  time             ${milliseconds.toFixed(0)} ms; select 1 ${trivial.toFixed(2)} ms`,
      `  ratio            ${ratio.toFixed(0)} (at most ${ratioBound})`,
      '',
    ].join('\n'),
  )
  return statements <= mostStatements && ratio <= ratioBound
}
