import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

const pollInterval = 100 // milliseconds

const ownSessions = `from pg_catalog.pg_stat_activity
  where application_name = $1 and pid <> pg_backend_pid() and datname = current_database()`

/**
 * Ends the sessions of a command that was killed: Postgres only notices a dead client when it next writes to it, and until then may
 * still commit. Resolves to false when one is still there after `deadline` seconds.
 */
export async function endSessionsOf(
  client: pg.Client,
  applicationName: string,
  deadline: number,
): Promise<boolean> {
  const end = Date.now() + deadline * 1000
  for (;;) {
    const { rows } = await client.query(`select pg_terminate_backend(pid) ${ownSessions}`, [applicationName])
    if (rows.length === 0) return true
    if (Date.now() > end) return false
    await sleep(pollInterval)
  }
}
