import type { IncomingMessage } from 'node:http'
import type { Backend } from './backend.ts'
import { routerErrors, type RouterErrorCode } from './error-codes.ts'
import { forwardedFor, requestId } from './headers.ts'
import { routerLogLine } from './log-line.ts'

/** What is known of a request so far; logged once, when it ends. */
export interface RequestRecord {
  readonly request: IncomingMessage
  readonly requestId: string
  readonly forwardedFor: string
  /** The status to log when the client hangs up. */
  readonly hangUpStatus: number
  backend: Backend | null
  /** Milliseconds of a monotonic clock: when it was sent to the dyno, and when the connection stood. */
  sentAt: number | null
  connectedAt: number | null
  bytes: number
  ended: boolean
}

export function recordOf(request: IncomingMessage, hangUpStatus: number): RequestRecord {
  return {
    request,
    requestId: requestId(request),
    forwardedFor: forwardedFor(request),
    hangUpStatus,
    backend: null,
    sentAt: null,
    connectedAt: null,
    bytes: 0,
    ended: false,
  }
}

export function attach(record: RequestRecord, backend: Backend): void {
  record.backend = backend
  record.sentAt = performance.now()
  backend.inFlight++
}

export function detach(record: RequestRecord): void {
  if (record.backend !== null) record.backend.inFlight--
  record.backend = null
}

/** Ends the record and returns its log line; the status is the client's, or the code's where an error ended it. */
export function endRecord(record: RequestRecord, outcome: number | RouterErrorCode): string {
  const { request, sentAt, connectedAt } = record
  record.ended = true
  const line = routerLogLine({
    code: typeof outcome === 'number' ? null : outcome,
    method: request.method ?? '',
    path: request.url ?? '',
    host: request.headers.host ?? '',
    requestId: record.requestId,
    forwardedFor: record.forwardedFor,
    dyno: record.backend?.dyno ?? '',
    connect: sentAt === null || connectedAt === null ? null : connectedAt - sentAt,
    service: sentAt === null ? null : performance.now() - sentAt,
    status: statusOf(record, outcome),
    bytes: record.backend === null ? null : record.bytes,
  })
  detach(record)
  return line
}

function statusOf({ hangUpStatus }: RequestRecord, outcome: number | RouterErrorCode): number {
  if (typeof outcome === 'number') return outcome
  return outcome === 'H27' ? hangUpStatus : routerErrors[outcome].status
}
