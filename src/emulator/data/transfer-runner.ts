import type { Transfer } from '../model.ts'
import type { Platform, PlatformFault } from '../platform.ts'
import type { Background } from './background.ts'

/** What a transfer does once it has started. */
export interface TransferWork {
  readonly operation: 'backup' | 'restore'
  /** The faults that break it. */
  readonly fails: PlatformFault
  readonly hangs: PlatformFault
  readonly run: (onProgress: (bytes: number) => void, signal: AbortSignal) => Promise<void>
  /** What a failing one leaves behind, as far as the fault is about that. */
  readonly fail?: () => Promise<void>
}

export interface TransferRunner {
  /** Runs a pending transfer in the background; its document tells how it goes. */
  start(transfer: Transfer, appName: string, work: TransferWork): void
  /** Ends a running transfer as canceled; does nothing to one that has ended. */
  cancel(transfer: Transfer): void
}

/** Heroku's own time to start a transfer's machine, seconds. */
const startSeconds = 2

/** Runs transfers: pending, running with growing bytes, finished with success or failure or canceled. */
export function createTransferRunner(platform: Platform, background: Background): TransferRunner {
  const running = new Map<string, AbortController>()
  return {
    start(transfer, appName, work) {
      const canceled = new AbortController()
      running.set(transfer.uuid, canceled)
      background.run(async (closing) => {
        const end = platform.operations.start(work.operation, appName)
        try {
          await perform(platform, transfer, appName, work, AbortSignal.any([canceled.signal, closing]))
          settle(platform, transfer, true, `${work.operation} finished`)
        } catch (error) {
          settle(platform, transfer, false, error instanceof Error ? error.message : String(error))
        } finally {
          running.delete(transfer.uuid)
          end()
        }
      })
    },
    cancel(transfer) {
      if (transfer.finishedAt !== null) return
      transfer.canceledAt = platform.clock.now()
      settle(platform, transfer, false, 'Canceled by the user.')
      running.get(transfer.uuid)?.abort(new Error('Canceled by the user.'))
    },
  }
}

/** Marks what a killed emulator left unfinished as failed. */
export function failUnfinishedTransfers(platform: Platform): void {
  for (const transfer of platform.store.transfers())
    if (transfer.finishedAt === null) settle(platform, transfer, false, 'The emulator was stopped meanwhile.')
}

async function perform(
  platform: Platform,
  transfer: Transfer,
  appName: string,
  work: TransferWork,
  signal: AbortSignal,
): Promise<void> {
  const { clock, faults, store } = platform
  await clock.sleep(startSeconds, signal)
  signal.throwIfAborted()
  transfer.startedAt = transfer.updatedAt = clock.now()
  note(platform, transfer, 'info', `${work.operation} started`)
  store.saveTransfer(transfer)
  if (faults.take(work.hangs, appName)) await untilAborted(signal)
  if (faults.take(work.fails, appName)) {
    await work.fail?.()
    throw new Error(
      work.operation === 'backup'
        ? 'pg_dump: error: query failed'
        : 'pg_restore: error: could not execute query',
    )
  }
  await work.run((bytes) => {
    transfer.processedBytes = Math.max(transfer.processedBytes, bytes)
    transfer.updatedAt = clock.now()
  }, signal)
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** The end of a transfer is written once: what comes after a cancellation changes nothing. */
function settle(platform: Platform, transfer: Transfer, succeeded: boolean, message: string): void {
  if (transfer.finishedAt !== null) return
  const now = platform.clock.now()
  note(platform, transfer, succeeded ? 'info' : 'error', message)
  transfer.startedAt ??= now
  transfer.finishedAt = transfer.updatedAt = now
  transfer.succeeded = succeeded
  platform.store.saveTransfer(transfer)
}

function note(platform: Platform, transfer: Transfer, level: string, message: string): void {
  transfer.logs.push({ createdAt: platform.clock.now(), level, message })
}
