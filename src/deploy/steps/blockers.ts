import { PreconditionError } from '../../errors.ts'
import { findBlockers, type Blocker } from '../../postgres/blockers.ts'
import { lockedTables } from '../../safety/locked-tables.ts'
import { pendingMigrations, type Run } from '../run.ts'
import type { Step } from '../step.ts'
import { askDatabase } from '../target.ts'

/** Seconds to wait for blockers to go away by themselves. */
const PATIENCE = 30

/** A session that sits on a table would make the migration wait, and everybody behind it: look before starting. */
export const checkForBlockers: Step = {
  name: 'Look for sessions that would block the migrations',
  enabled: (run) => {
    if (run.config.migrate.run === 'release-phase') return 'the release phase runs the migrations'
    return pendingMigrations(run).length > 0 ? true : 'no migration is pending'
  },
  plan: () => 'look for idle or long transactions on the tables that the migrations lock',
  async run(run) {
    const deadline = run.timing.deadline(PATIENCE)
    for (;;) {
      const blockers = await look(run)
      if (blockers.length === 0) return { summary: 'nobody is in the way' }
      if (deadline.passed) throw new PreconditionError(describe(run, blockers))
      await run.timing.sleep(2, run.signal)
    }
  },
}

function look(run: Run): Promise<readonly Blocker[]> {
  const tables = run.judgement === null ? [] : lockedTables(run.judgement)
  return askDatabase(run.target, (client) => findBlockers(client, tables))
}

function describe(run: Run, blockers: readonly Blocker[]): string {
  const sessions = blockers.map(
    ({ pid, applicationName, state, age, query }) =>
      `pid ${pid} (${applicationName === '' ? 'unnamed' : applicationName}, ${state} for ${Math.round(age)} s): ${query}`,
  )
  return [
    `The migrations would wait behind ${blockers.length} session${blockers.length === 1 ? '' : 's'} of ` +
      `${run.target.app.name}, and everybody else behind them. Nothing was changed.`,
    ...sessions,
  ].join('\n')
}
