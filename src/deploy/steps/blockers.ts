import { PreconditionError } from '../../errors.ts'
import { findBlockers, type Blocker } from '../../postgres/blockers.ts'
import { describeBlocker } from '../../safety/blocker-words.ts'
import { wantedLocks } from '../../safety/wanted-locks.ts'
import { pendingMigrations, type Run } from '../run.ts'
import { count } from '../../report/words.ts'
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
      // Of a transaction whose age nobody may see, it cannot be told whether it is still the same.
      const lasting = blockers.filter(({ age }) => age !== null)
      if (lasting.length === 0) return finish(run, blockers)
      if (deadline.passed) throw new PreconditionError(describe(run, lasting))
      await run.timing.sleep(2, run.signal)
    }
  },
}

function look(run: Run): Promise<readonly Blocker[]> {
  const { judgement } = run
  if (judgement === null) return Promise.resolve([])
  return askDatabase(run.target, (client) => findBlockers(client, wantedLocks(judgement)))
}

function finish(run: Run, hidden: readonly Blocker[]): { summary: string } {
  for (const blocker of hidden) run.output.warning(describeBlocker(blocker, new Date()))
  const summary = hidden.length === 0 ? 'nobody is in the way' : 'nobody is known to be in the way'
  return { summary }
}

function describe(run: Run, blockers: readonly Blocker[]): string {
  return [
    `The migrations would wait behind ${count(blockers.length, 'session')} of ${run.target.app.name}, and everybody else behind them. ` +
      'Nothing was changed.',
    ...blockers.map((blocker) => describeBlocker(blocker, new Date())),
  ].join('\n')
}
