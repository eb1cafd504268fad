import type pg from 'pg'
import { withConnection } from '../../src/postgres/connection.ts'
import { as } from '../../src/safety/nodes.ts'
import type { Statement } from '../../src/safety/parse.ts'
import type { Relation } from './catalog.ts'
import { runAgainstBlockers, type Blocker } from './blockers.ts'
import { ownLocks, readCounters, readFiles, worked, type Work } from './work.ts'

/** What is known of the database before. */
export interface Before {
  readonly relations: ReadonlyMap<number, Relation>
  /** Tables with the number of their rows. */
  readonly tables: readonly { readonly relation: Relation; readonly rows: number }[]
}

export interface Run {
  readonly work: readonly Work[]
  readonly error: { readonly message: string; readonly code: string } | null
  /** The last transaction was begun and never ended. */
  readonly leftOpen: boolean
}

/**
 * Runs statements as psql does: each in a transaction of its own unless they begin one, or `together` in one. Looks at the locks and the
 * counters at the end of each, before its transaction ends. What refuses a transaction runs by itself, while other sessions hold
 * locks as `blocker` says, so that the locks that it asks for show.
 */
export async function runStatements(
  url: string,
  statements: readonly Statement[],
  before: Before,
  { together, blocker }: { readonly together: boolean; readonly blocker: Blocker | null },
): Promise<Run> {
  const work: Work[] = []
  return withConnection(url, async (client) => {
    let open = together
    try {
      if (together) await client.query('begin')
      for (const statement of statements) {
        const control = as(statement.node, 'TransactionStmt')?.kind
        if (control !== undefined) {
          await client.query(statement.sql)
          open = /BEGIN|START|SAVEPOINT|RELEASE|TO$/.test(control)
        } else if (open) {
          work.push(await runWatched(client, statement, before))
        } else {
          const seen = await runInTransaction(client, statement, before)
          work.push(seen ?? (await runAgainstBlockers(url, client, statement, before, blocker)))
        }
      }
      if (together) await client.query('commit')
      return { work, error: null, leftOpen: open && !together }
    } catch (error) {
      const { message, code = '' } = error as pg.DatabaseError
      return { work, error: { message, code }, leftOpen: false }
    }
  })
}

/** Null when Postgres refuses the statement for the transaction alone. */
async function runInTransaction(
  client: pg.Client,
  statement: Statement,
  before: Before,
): Promise<Work | null> {
  await client.query('begin')
  try {
    const seen = await runWatched(client, statement, before)
    await client.query('commit')
    return seen
  } catch (error) {
    await client.query('rollback')
    if (!ofTransaction.has((error as pg.DatabaseError).code ?? '')) throw error
    return null
  }
}

/** What Postgres answers to CONCURRENTLY in a transaction, and to a DO that commits in one. */
const ofTransaction = new Set(['25001', '2D000'])

async function runWatched(client: pg.Client, { sql, node }: Statement, before: Before): Promise<Work> {
  const files = await readFiles(client)
  // Some counts of the transactions before may still be among those of this one.
  const last = await readCounters(client, 'transaction')
  await client.query(sql)
  const held = await ownLocks(client, before.relations)
  const counters = await readCounters(client, 'transaction')
  // A table that is emptied gets a new file, but nothing is written to it.
  const emptied = as(node, 'TruncateStmt') !== undefined
  const rewritten = emptied ? [] : changedFiles(files, await readFiles(client), before)
  return {
    sql,
    held,
    ...worked(before.tables, last, counters),
    rewritten,
    refusesTransaction: false,
  }
}

export function changedFiles(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  { relations }: Before,
): Relation[] {
  return [...relations.values()].filter(({ oid }) => after.has(oid) && before.get(oid) !== after.get(oid))
}
