import type pg from 'pg'
import { findBlockers, oldTransaction, type Blocker } from '../postgres/blockers.ts'
import { conflict } from '../postgres/lock-modes.ts'
import { connectionProblem } from '../postgres/lost-connection.ts'
import { describeBlocker } from './blocker-words.ts'
import type { Finding } from './finding.ts'
import type { Judgement } from './judgement.ts'
import { outlastsSnapshots, statementLocks, wantedLocks, type StatementLock } from './wanted-locks.ts'
import { withFindings } from './with-findings.ts'

/**
 * The judgement with who is in the way of the migrations at this moment: transactions that are open for long, dumps, vacuums against
 * wraparound, prepared transactions. Each is noted once, at the first statement that would wait for it. One query.
 */
export async function withSessions(client: pg.Client, judgement: Judgement): Promise<Judgement> {
  const wanted = wantedLocks(judgement)
  if (wanted.locks.length === 0) return judgement
  const now = new Date()
  const found = await findBlockers(client, wanted).catch((error: unknown) => {
    throw connectionProblem(error, 'its sessions were being looked at') ?? error
  })
  const blockers = found.filter(isLasting)
  const locks = statementLocks(judgement)
  return withFindings(judgement, [
    ...blockers.filter(({ why }) => why === 'lock').flatMap((blocker) => inTheWay(blocker, locks, now)),
    ...olderTransactions(blockers, locks, now),
  ])
}

/** A deploy looks again; until then, what is idle for a moment only is gone. */
function isLasting({ age, what }: Blocker): boolean {
  return what === 'vacuum against wraparound' || age === null || age > oldTransaction
}

function inTheWay(blocker: Blocker, locks: readonly StatementLock[], now: Date): Finding[] {
  const waiting = locks.filter(({ table, lock }) =>
    blocker.held.some((held) => held.table === table && conflict(held.lock, lock)),
  )
  const statements = new Set(waiting.map(({ effect }) => effect.statement)).size
  const [first] = waiting
  if (first === undefined) return []
  const message = `${describeBlocker(blocker, now)} ${consequence(first)}${more(statements - 1)}`
  return [{ ...place(first), message }]
}

function consequence({ effect, table }: StatementLock): string {
  return effect.refusesTransaction
    ? `The statement would not end before that.`
    : `The statement would wait for that, and everybody who needs ${table} in a way that its lock stops would wait behind it.`
}

const more = (others: number): string =>
  others === 0
    ? ''
    : others === 1
      ? ' Another statement would wait as well.'
      : ` ${others} other statements would wait as well.`

/** Of the transactions whose snapshots must be outlasted, the oldest is named: it is the one to wait for. */
function olderTransactions(
  blockers: readonly Blocker[],
  locks: readonly StatementLock[],
  now: Date,
): Finding[] {
  const [oldest, ...others] = blockers.filter(({ why }) => why === 'snapshot')
  const first = locks.find(({ effect }) => outlastsSnapshots(effect))
  if (oldest === undefined || first === undefined) return []
  const count =
    others.length === 0
      ? ''
      : others.length === 1
        ? ' Another session has one as well.'
        : ` ${others.length} other sessions have one as well.`
  const message =
    `${describeBlocker(oldest, now)} CONCURRENTLY waits for every transaction of the database with an older snapshot, whatever tables ` +
    `it uses: the statement would not end before that.${count}`
  return [{ ...place(first), message }]
}

function place({ migration, effect: { statement }, table }: StatementLock): Omit<Finding, 'message'> {
  const { location, sql } = statement
  const { id, file } = migration
  return {
    rule: 'session-in-the-way',
    severity: 'note',
    migration: id,
    file,
    location,
    sql,
    table,
    recipe: null,
  }
}
