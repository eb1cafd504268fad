import type { Transfer } from '../model.ts'

/** A transfer as the Postgres data API shows it. */
export interface TransferBody {
  readonly uuid: string
  readonly num: number
  readonly from_type: string
  readonly from_name: string
  readonly from_url: string
  readonly to_type: string
  readonly to_name: string
  readonly to_url: string
  readonly options: Readonly<Record<string, string>>
  readonly source_bytes: number
  readonly processed_bytes: number
  readonly succeeded: boolean | null
  readonly warnings: number
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly canceled_at: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly deleted_at: string | null
  readonly purged_at: string | null
  readonly num_keep: number
  readonly schedule: { readonly uuid: string } | null
  readonly logs?: readonly { readonly created_at: string; readonly level: string; readonly message: string }[]
}

export function transferBody(transfer: Transfer, backupsKept: number, verbose: boolean): TransferBody {
  const optional = (time: string | null) => (time === null ? null : dataTime(time))
  return {
    uuid: transfer.uuid,
    num: transfer.num,
    from_type: transfer.fromType,
    from_name: transfer.fromName,
    from_url: transfer.fromUrl,
    to_type: transfer.toType,
    to_name: transfer.toName,
    to_url: transfer.toUrl,
    options: {},
    source_bytes: transfer.sourceBytes,
    processed_bytes: transfer.processedBytes,
    succeeded: transfer.succeeded,
    warnings: transfer.warnings,
    started_at: optional(transfer.startedAt),
    finished_at: optional(transfer.finishedAt),
    canceled_at: optional(transfer.canceledAt),
    created_at: dataTime(transfer.createdAt),
    updated_at: dataTime(transfer.updatedAt),
    deleted_at: optional(transfer.deletedAt),
    purged_at: optional(transfer.deletedAt),
    num_keep: backupsKept,
    schedule: transfer.scheduleUuid === null ? null : { uuid: transfer.scheduleUuid },
    ...(verbose ? { logs: transfer.logs.map(logBody) } : {}),
  }
}

function logBody({ createdAt, level, message }: Transfer['logs'][number]) {
  return { created_at: dataTime(createdAt), level, message }
}

/** ISO 8601 as the data API writes it: 2016-10-08 00:42:54 +0000 */
export function dataTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} +0000`
}
