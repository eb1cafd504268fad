import { z } from 'zod'
import { PreconditionError } from '../errors.ts'
import type { Database } from './addons.ts'
import type { HerokuClient } from './client.ts'
import { getTransfer, hasSucceeded, listTransfers, type Transfer } from './transfers.ts'

export { getTransfer, hasSucceeded, listTransfers, waitForTransfer, type Transfer } from './transfers.ts'

/** Starts a backup of a database; waitForTransfer then waits for it. */
export async function captureBackup(client: HerokuClient, database: Database): Promise<Transfer> {
  return startTransfer(client, database, 'backups', undefined, (seen) => isBackupOf(seen, database))
}

/**
 * Starts to put a finished backup back into a database, in place of everything in it. Heroku asks for no confirmation: the
 * caller has to be sure. PreconditionError for a backup that did not succeed.
 */
export async function restoreBackup(
  client: HerokuClient,
  database: Database,
  backup: Transfer,
): Promise<Transfer> {
  if (backup.kind !== 'backup' || !hasSucceeded(backup) || backup.toUrl === null) {
    throw new PreconditionError(`${backup.name} is no finished backup: nothing can be restored from it.`)
  }
  return startTransfer(
    client,
    database,
    'restores',
    { backup_url: backup.toUrl },
    (seen) => seen.kind === 'restore',
  )
}

/** When the answer is lost, a matching transfer that was not there before is taken for ours. */
async function startTransfer(
  client: HerokuClient,
  database: Database,
  what: 'backups' | 'restores',
  body: unknown,
  matches: (seen: Transfer) => boolean,
): Promise<Transfer> {
  const [newest] = await listTransfers(client, database.billingApp)
  const last = newest?.num ?? 0
  const path = `/client/v11/databases/${encodeURIComponent(database.addonId)}/${what}`
  const started = await client.request('POST', path, {
    host: 'data',
    body,
    expect: z.object({ uuid: z.string() }),
    repeat: {
      find: async () =>
        (await listTransfers(client, database.billingApp)).find((seen) => seen.num > last && matches(seen)),
    },
  })
  return getTransfer(client, database.billingApp, started.uuid)
}

/** The billing app may have other databases whose backups are in the same list. */
function isBackupOf(seen: Transfer, database: Database): boolean {
  if (seen.kind !== 'backup' || seen.scheduled) return false
  return seen.fromUrl === null || addressOf(seen.fromUrl) === addressOf(database.url)
}

/** Host, port and database; the user and the password may have been rotated. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return url
  const { host, pathname } = new URL(url)
  return host + pathname
}
