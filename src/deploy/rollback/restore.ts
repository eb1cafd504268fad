import { captureBackup, restoreBackup, waitForTransfer } from '../../heroku/backups.ts'
import { readWriteCounters, writesBetween, type Writes } from '../../postgres/writes.ts'
import { DeployFailure } from '../failure.ts'
import { askDatabase } from '../target.ts'
import type { Recovery } from './recovery.ts'

/**
 * Captures a safety backup of what is there now, says what was written since the old one, and restores the old one.
 * The app must be quiesced. Throws DeployFailure when Heroku does not say that the restore succeeded.
 */
export async function restore(recovery: Recovery): Promise<void> {
  const { target, config, backup, output } = recovery
  if (backup === null) throw new DeployFailure('There is no backup to restore.')
  const { heroku, database } = target
  const deadline = config.backup.deadline
  const counters = await askDatabase(target, readWriteCounters)
  output.line(describeWrites(writesBetween(backup.counters, counters)))
  const safety = await captureBackup(heroku, database)
  const captured = await waitForTransfer(heroku, database.billingApp, safety.uuid, { deadline })
  output.line(`Captured the safety backup ${captured.name}: it holds what is there now.`)
  output.line(`Restoring ${backup.transfer.name} into ${database.addonName}.`)
  const started = await restoreBackup(heroku, database, backup.transfer)
  await waitForTransfer(heroku, database.billingApp, started.uuid, { deadline })
  output.line(`Restored ${backup.transfer.name}.`)
}

/** What a restore loses, counted by Postgres itself; the migrations' own writes are among them. */
export function describeWrites({ tables, complete }: Writes): string {
  const counts = tables.map(
    ({ table, inserted, updated, deleted }) =>
      `${table} (${inserted} inserted, ${updated} updated, ${deleted} deleted)`,
  )
  const listed = counts.length === 0 ? 'nothing' : counts.join(', ')
  const doubt = complete ? '' : ' At least: the statistics do not cover the whole time.'
  return `Written since the backup, the migrations' own writes included: ${listed}.${doubt}`
}
