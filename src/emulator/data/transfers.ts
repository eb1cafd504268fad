import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { invalidParams } from '../http/errors.ts'
import type { Addon, Transfer } from '../model.ts'
import type { Platform } from '../platform.ts'
import { findPostgresPlan } from '../postgres/plans.ts'
import type { BackupFiles } from './backup-files.ts'
import { findByUrl } from './source-of-copy.ts'
import { databaseName, keptBackups, newTransfer } from './transfer-documents.ts'
import type { TransferRunner, TransferWork } from './transfer-runner.ts'

export interface Transfers {
  backup(addon: Addon, scheduleUuid?: string): Promise<Transfer>
  /** `backupUrl`: the to_url of a backup, or any address of a dump. Throws 422 when it cannot be one. */
  restore(addon: Addon, backupUrl: string): Promise<Transfer>
  copy(to: Addon, ends: CopyEnds): Promise<Transfer>
  cancel(transfer: Transfer): void
  /** Deletes a backup and its file; cancels it first when it runs. */
  remove(transfer: Transfer): Promise<void>
}

export interface CopyEnds {
  readonly fromName: string
  readonly fromUrl: string
  readonly toName: string
  readonly toUrl: string
}

/** How many backups of a database are kept: as many as is set, or by its plan. */
export function backupsKept(
  { assumptions }: Pick<Platform, 'assumptions'>,
  addon: Addon | undefined,
): number {
  if (assumptions.backupsKept > 0) return assumptions.backupsKept
  return findPostgresPlan(addon?.plan ?? '')?.backupsKept ?? 5
}

interface Parts {
  readonly platform: Platform
  readonly files: BackupFiles
  readonly runner: TransferRunner
}

/** Backups, restores and copies of the databases. */
export function createTransfers(platform: Platform, files: BackupFiles, runner: TransferRunner): Transfers {
  const parts = { platform, files, runner }
  return {
    backup: (addon, scheduleUuid) => backup(parts, addon, scheduleUuid),
    restore: (addon, backupUrl) => restore(parts, addon, backupUrl),
    copy: (to, ends) => copy(parts, to, ends),
    cancel: (transfer) => runner.cancel(transfer),
    async remove(transfer) {
      runner.cancel(transfer)
      await removeBackup(platform, files, transfer)
    },
  }
}

async function backup(parts: Parts, addon: Addon, scheduleUuid: string | undefined): Promise<Transfer> {
  const { platform, files } = parts
  const { databases } = platform
  const uuid = randomUUID()
  const transfer = newTransfer(platform, addon.appId, {
    uuid,
    fromType: 'pg_dump',
    fromName: databaseName(platform.store, addon),
    fromUrl: databases.url(addon),
    toType: 'gof3r',
    toName: 'BACKUP',
    toUrl: files.address(uuid),
    sourceBytes: await databases.sizeBytes(addon),
    ...(scheduleUuid === undefined ? {} : { scheduleUuid }),
  })
  return start(parts, transfer, {
    operation: 'backup',
    fails: 'backup fails',
    hangs: 'backup hangs',
    async run(onProgress, signal) {
      await databases.dump(addon, files.path(uuid), onProgress, signal)
      onProgress((await stat(files.path(uuid))).size)
      await deleteOldest(platform, files, addon)
    },
  })
}

async function restore(parts: Parts, addon: Addon, backupUrl: string): Promise<Transfer> {
  const { platform, files } = parts
  const { databases } = platform
  const source = sourceOf(platform, files, backupUrl)
  const transfer = newTransfer(platform, addon.appId, {
    fromType: 'gof3r',
    fromName: 'BACKUP',
    fromUrl: backupUrl,
    toType: 'pg_restore',
    toName: databaseName(platform.store, addon),
    toUrl: databases.url(addon),
    sourceBytes: source?.processedBytes ?? 0,
  })
  const work = restoreWork(platform, addon, async (onProgress, signal) => {
    if (source !== undefined)
      return await databases.restore(addon, files.path(source.uuid), onProgress, signal)
    await withTemporary(files.path(transfer.uuid), async (file) => {
      await download(backupUrl, file, signal)
      transfer.sourceBytes = (await stat(file)).size
      await databases.restore(addon, file, onProgress, signal)
    })
  })
  return start(parts, transfer, work)
}

async function copy(parts: Parts, given: Addon, ends: CopyEnds): Promise<Transfer> {
  const { platform, files } = parts
  const { store, databases } = platform
  const from = findByUrl(store, databases, ends.fromUrl)
  const to = findByUrl(store, databases, ends.toUrl) ?? given
  if (from === undefined) throw invalidParams('The database to copy from is not one of this emulator.')
  if (from.id === to.id) throw invalidParams('A database cannot be copied onto itself.')
  const sourceBytes = await databases.sizeBytes(from)
  const kinds = { fromType: 'pg_dump', toType: 'pg_restore' } as const
  const transfer = newTransfer(platform, to.appId, { ...ends, ...kinds, sourceBytes })
  const work = restoreWork(platform, to, (onProgress, signal) =>
    withTemporary(files.path(transfer.uuid), async (file) => {
      await databases.dump(from, file, onProgress, signal)
      await databases.restore(to, file, onProgress, signal)
    }),
  )
  return start(parts, transfer, work)
}

function start({ platform, runner }: Parts, transfer: Transfer, work: TransferWork): Transfer {
  runner.start(transfer, platform.store.app(transfer.appId)?.name ?? '', work)
  return transfer
}

function restoreWork({ databases }: Platform, addon: Addon, run: TransferWork['run']): TransferWork {
  return {
    operation: 'restore',
    fails: 'restore fails',
    hangs: 'restore hangs',
    run,
    // A restore that breaks off has already taken the old contents away.
    fail: () => databases.reset(addon),
  }
}

async function withTemporary(file: string, use: (file: string) => Promise<void>): Promise<void> {
  try {
    await use(file)
  } finally {
    await rm(file, { force: true })
  }
}

/** The backup that a restore reads; undefined for an address elsewhere. */
function sourceOf(platform: Platform, files: BackupFiles, backupUrl: string): Transfer | undefined {
  const uuid = files.uuidOf(backupUrl)
  const source = platform.store.transfers().find((each) => each.uuid === uuid)
  if (source === undefined) {
    if (!/^https?:\/\//.test(backupUrl)) throw invalidParams('backup_url must be the address of a backup.')
    return undefined
  }
  if (source.succeeded !== true || source.deletedAt !== null)
    throw invalidParams('The backup was deleted, or never finished.')
  return source
}

async function download(url: string, file: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal })
  if (!response.ok || response.body === null)
    throw new Error(`The dump could not be fetched: status ${response.status}.`)
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file, { mode: 0o600 }), { signal })
}

/** The one that is being finished counts already. */
async function deleteOldest(platform: Platform, files: BackupFiles, addon: Addon): Promise<void> {
  const kept = keptBackups(platform.store, addon, platform.databases.url(addon))
  for (const transfer of kept.slice(0, Math.max(0, kept.length + 1 - backupsKept(platform, addon))))
    await removeBackup(platform, files, transfer)
}

async function removeBackup(platform: Platform, files: BackupFiles, transfer: Transfer): Promise<void> {
  transfer.deletedAt = transfer.updatedAt = platform.clock.now()
  platform.store.saveTransfer(transfer)
  await files.remove(transfer)
}
