import { captureBackup, waitForTransfer } from '../../heroku/backups.ts'
import { readWriteCounters } from '../../postgres/writes.ts'
import { describeBytes } from '../../report/words.ts'
import { pendingMigrations, type Run } from '../run.ts'
import type { Step } from '../step.ts'
import { askDatabase } from '../target.ts'

/** Captures a backup and waits until Heroku says that it finished and succeeded. */
export const backUp: Step = {
  name: 'Capture a backup',
  enabled: (run) => {
    if (!run.config.backup.enabled) return 'switched off by backup.enabled'
    return pendingMigrations(run).length > 0 ? true : 'no migration is pending, so the schema will not change'
  },
  plan: (run) => `capture a backup of ${run.target.database.addonName}, and wait until it succeeded`,
  async run(run) {
    const backup = await capture(run)
    run.backup = backup
    const { name, processedBytes } = backup.transfer
    return { summary: `backup ${name} (${describeBytes(processedBytes)})` }
  },
}

/** A backup together with the counters that later tell how many rows were written after it. */
export async function capture(run: Run): Promise<NonNullable<Run['backup']>> {
  const { heroku, database } = run.target
  const quiesced = run.quiesced?.alone === true
  // Read first: what is written between this and the snapshot is counted as lost though it is not. Never the reverse.
  const counters = await askDatabase(run.target, readWriteCounters)
  const started = await captureBackup(heroku, database)
  const transfer = await waitForTransfer(heroku, database.billingApp, started.uuid, {
    deadline: run.config.backup.deadline,
    signal: run.signal,
  })
  return { transfer, counters, quiesced }
}
