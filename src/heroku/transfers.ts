import { z } from 'zod'
import type { HerokuClient } from './client.ts'
import { TransferFailedError } from './errors.ts'
import { waitFor } from './wait.ts'

/** A backup, a restore or a copy, as Heroku's data API keeps it. */
export interface Transfer {
  readonly uuid: string
  /** One sequence per billing app for all kinds. */
  readonly num: number
  /** b001: as Heroku's CLI calls it. */
  readonly name: string
  readonly kind: 'backup' | 'restore' | 'copy'
  readonly scheduled: boolean
  /** null until it has ended. Not to be read alone: see hasSucceeded. */
  readonly succeeded: boolean | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly canceledAt: string | null
  readonly processedBytes: number
  /** The size of the database: the dump is smaller, so this is no goal of processedBytes. */
  readonly sourceBytes: number
  readonly warnings: number
  /** Where a finished backup is kept: what a restore takes. */
  readonly toUrl: string | null
  readonly fromUrl: string | null
  readonly logs: readonly string[]
}

/** Large numbers come as text from some services. */
const amount = z
  .union([z.number(), z.string().regex(/^\d+$/)])
  .nullish()
  .transform((value) => Number(value ?? 0))

const transfer = z
  .object({
    uuid: z.string(),
    num: z.number().int(),
    from_type: z.string(),
    to_type: z.string(),
    from_url: z.string().nullish(),
    to_url: z.string().nullish(),
    schedule: z.object({ uuid: z.string() }).nullish(),
    succeeded: z.boolean().nullish(),
    started_at: z.string().nullish(),
    finished_at: z.string().nullish(),
    canceled_at: z.string().nullish(),
    processed_bytes: amount,
    source_bytes: amount,
    warnings: amount,
    logs: z.array(z.object({ message: z.string() })).nullish(),
  })
  .transform((body): Transfer => {
    const scheduled = Boolean(body.schedule)
    const kind = kindOf(body.from_type, body.to_type)
    return {
      uuid: body.uuid,
      num: body.num,
      name: nameOf(kind, scheduled, body.num),
      kind,
      scheduled,
      succeeded: body.succeeded ?? null,
      startedAt: body.started_at ?? null,
      finishedAt: body.finished_at ?? null,
      canceledAt: body.canceled_at ?? null,
      processedBytes: body.processed_bytes,
      sourceBytes: body.source_bytes,
      warnings: body.warnings,
      toUrl: body.to_url ?? null,
      fromUrl: body.from_url ?? null,
      logs: (body.logs ?? []).map((line) => line.message),
    }
  })

function kindOf(from: string, to: string): Transfer['kind'] {
  if (from !== 'pg_dump') return 'restore'
  return to === 'pg_restore' ? 'copy' : 'backup'
}

function nameOf(kind: Transfer['kind'], scheduled: boolean, num: number): string {
  const letter = { backup: scheduled ? 'a' : 'b', restore: 'r', copy: 'c' }[kind]
  return letter + String(num).padStart(3, '0')
}

/** Platform seconds between two looks. */
const pollInterval = 3

/** The one sign of success. */
export function hasSucceeded(seen: Transfer): boolean {
  return seen.finishedAt !== null && seen.succeeded === true
}

/** All transfers of the app that the database belongs to, newest first. */
export async function listTransfers(client: HerokuClient, billingApp: string): Promise<Transfer[]> {
  const items = await client.list(transfersPath(billingApp), { item: transfer, host: 'data' })
  return items.sort((one, other) => other.num - one.num)
}

/** One transfer with its log lines. */
export async function getTransfer(client: HerokuClient, billingApp: string, uuid: string): Promise<Transfer> {
  const path = `${transfersPath(billingApp)}/${encodeURIComponent(uuid)}?verbose=true`
  return client.request('GET', path, { host: 'data', expect: transfer })
}

export interface WaitForTransferOptions {
  /** Platform seconds. */
  readonly deadline: number
  /** After each look. */
  readonly onProgress?: (seen: Transfer) => void
  readonly signal?: AbortSignal
}

/**
 * Waits until a transfer has finished and succeeded. TransferFailedError with its last log lines when it finished otherwise;
 * DeadlineError with the bytes done so far when it does not finish. Warnings are left to the caller: see Transfer.
 */
export async function waitForTransfer(
  client: HerokuClient,
  billingApp: string,
  uuid: string,
  options: WaitForTransferOptions,
): Promise<Transfer> {
  const ended = await waitFor(client, {
    what: `the transfer ${uuid} of ${billingApp} to finish`,
    deadline: options.deadline,
    every: pollInterval,
    look: () => getTransfer(client, billingApp, uuid),
    done: (seen) => {
      options.onProgress?.(seen)
      return seen.finishedAt !== null || seen.canceledAt !== null
    },
    describe: (seen) =>
      `${seen.kind} ${seen.name} has processed ${String(seen.processedBytes)} bytes of a database of ` +
      `${String(seen.sourceBytes)} bytes and is not finished`,
    signal: options.signal,
  })
  if (!hasSucceeded(ended)) throw failed(ended)
  return ended
}

function failed(ended: Transfer): TransferFailedError {
  const how = ended.canceledAt === null ? 'failed' : 'was cancelled'
  const lines = ended.logs.slice(-5)
  const said = lines.length > 0 ? ` Its last log lines: ${lines.join(' | ')}` : ''
  return new TransferFailedError(`The ${ended.kind} ${ended.name} ${how}.${said}`)
}

function transfersPath(billingApp: string): string {
  return `/client/v11/apps/${encodeURIComponent(billingApp)}/transfers`
}
