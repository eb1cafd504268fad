import { randomUUID } from 'node:crypto'
import { notFound } from '../http/errors.ts'
import type { Addon, App, Transfer } from '../model.ts'
import type { Platform, Store } from '../platform.ts'

/** What a new transfer says of itself; the rest follows. */
export type TransferEnds = Pick<
  Transfer,
  'fromType' | 'fromName' | 'fromUrl' | 'toType' | 'toName' | 'toUrl' | 'sourceBytes'
> & { readonly uuid?: string; readonly scheduleUuid?: string }

/** A stored, pending transfer with the next number of the billing app: backups, restores and copies share one sequence. */
export function newTransfer({ store, clock }: Platform, appId: string, ends: TransferEnds): Transfer {
  const now = clock.now()
  const numbers = store.transfers().filter((each) => each.appId === appId)
  const transfer: Transfer = {
    ...ends,
    uuid: ends.uuid ?? randomUUID(),
    num: Math.max(0, ...numbers.map(({ num }) => num)) + 1,
    appId,
    scheduleUuid: ends.scheduleUuid ?? null,
    processedBytes: 0,
    succeeded: null,
    warnings: 0,
    startedAt: null,
    finishedAt: null,
    canceledAt: null,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
    logs: [],
  }
  store.saveTransfer(transfer)
  return transfer
}

/** The transfers of an app that were not deleted. */
export function transfersOf(store: Store, app: App): readonly Transfer[] {
  return store.transfers().filter(({ appId, deletedAt }) => appId === app.id && deletedAt === null)
}

/** By uuid or number; throws 404. */
export function requireTransfer(store: Store, app: App, identity: string): Transfer {
  const transfer = transfersOf(store, app).find(
    ({ uuid, num }) => uuid === identity || String(num) === identity,
  )
  if (transfer === undefined) throw notFound('transfer')
  return transfer
}

/** How the owner calls the database: the name of its first attachment on the app that pays for it. */
export function databaseName(store: Store, addon: Addon): string {
  const own = store.attachments().find(({ addonId, appId }) => addonId === addon.id && appId === addon.appId)
  return own?.name ?? addon.name
}

/** Backups that count against the plan: whole ones that were not deleted, oldest first. */
export function keptBackups(store: Store, addon: Addon, fromUrl: string): readonly Transfer[] {
  return store
    .transfers()
    .filter((each) => each.appId === addon.appId && each.fromUrl === fromUrl && each.toType === 'gof3r')
    .filter((each) => each.succeeded === true && each.deletedAt === null)
    .sort((a, b) => a.num - b.num)
}
