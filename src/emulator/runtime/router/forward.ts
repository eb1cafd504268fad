import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../model.ts'
import type { Backend } from './backend.ts'
import type { Dispatched, Dispatcher } from './dispatcher.ts'
import { openExchange, type DynoExchange } from './dyno-connection.ts'
import type { RouterErrorCode } from './error-codes.ts'
import { errorPage } from './error-page.ts'
import { hasBody, requestHead } from './headers.ts'
import { MalformedResponse } from './malformed-response.ts'
import { attach, detach, endRecord, recordOf, type RequestRecord } from './request-record.ts'
import { sendBody } from './request-body.ts'
import type { ResponseHead } from './response-head.ts'

/** What every request of one router shares. Times in milliseconds. */
export interface ForwardingOptions {
  readonly app: App
  readonly dispatcher: Dispatcher
  readonly requestTimeout: number
  readonly idleTimeout: number
  /** The status to log when the client hangs up. */
  readonly hangUpStatus: number
  readonly log: (line: string) => void
}

interface Forwarding extends Dispatched {
  readonly options: ForwardingOptions
  readonly record: RequestRecord
  readonly response: ServerResponse
  exchange: DynoExchange | null
  head: ResponseHead | null
  /** The first piece of the body, held back to see whether it is the only one. */
  first: Buffer | null
  timer: NodeJS.Timeout | undefined
}

/** Below this, head and body of a response are cheaper written as one string than as two pieces, in bytes. */
const ONE_WRITE = 16_384

/** Takes one HTTP request to a dyno and its response back, both streaming. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardingOptions,
): void {
  const each: Forwarding = {
    options,
    record: recordOf(request, options.hangUpStatus),
    response,
    exchange: null,
    head: null,
    first: null,
    timer: undefined,
    refusedBy: new Set(),
    send: (backend) => send(each, backend),
    fail: (code) => fail(each, code),
  }
  // A client that resets its connection; 'close' follows.
  response.on('error', () => undefined)
  response.once('close', () => fail(each, 'H27'))
  options.dispatcher.dispatch(each)
}

function send(each: Forwarding, backend: Backend): void {
  const { record, options } = each
  attach(record, backend)
  const late = () => fail(each, record.connectedAt === null ? 'H19' : 'H12')
  each.timer = setTimeout(late, options.requestTimeout)
  each.exchange = openExchange(backend, {
    method: record.request.method ?? 'GET',
    head: requestHead(record.request, { ...record, routerPort: options.app.routerPort, upgrade: false }),
    onConnect: (exchange) => connected(each, exchange),
    onHead(head) {
      each.head = head
    },
    onBody: (chunk) => body(each, chunk),
    onPause: () => pause(each),
    onEnd: () => end(each),
    onError: (error) => refusedOrLost(each, backend, error),
  })
}

/** The body leaves only now: until here the request can still go to another dyno. */
function connected(each: Forwarding, exchange: DynoExchange): void {
  const { record } = each
  record.connectedAt = performance.now()
  if (!hasBody(record.request)) return exchange.sent()
  // The time for the first byte counts from the end of the upload.
  record.request.once('end', () => each.timer?.refresh())
  sendBody(record.request, exchange)
}

function refusedOrLost(each: Forwarding, backend: Backend, error: NodeJS.ErrnoException): void {
  const { record } = each
  if (each.head !== null) return fail(each, 'H18')
  if (error instanceof MalformedResponse) return fail(each, 'H17')
  if (record.connectedAt !== null) return fail(each, 'H13')
  stopTimer(each)
  if (error.code === 'ETIMEDOUT') return fail(each, 'H19')
  detach(record)
  each.refusedBy.add(backend)
  each.options.dispatcher.dispatch(each)
}

function body(each: Forwarding, chunk: Buffer): void {
  const { record, response } = each
  record.bytes += chunk.length
  if (each.first === null && !response.headersSent) {
    each.first = chunk
    return
  }
  writeHead(each)
  write(each, chunk)
}

/** The response is not whole yet: what there is goes to the client now, and the silence is timed. */
function pause(each: Forwarding): void {
  if (each.head === null) return
  writeHead(each)
  if (each.timer === undefined) each.timer = setTimeout(() => fail(each, 'H15'), each.options.idleTimeout)
  else each.timer.refresh()
}

function end(each: Forwarding): void {
  const { head, first, response } = each
  if (head === null) return
  finish(each, head.status)
  if (response.headersSent || (first !== null && first.length > ONE_WRITE)) {
    writeHead(each)
    return void response.end()
  }
  response.writeHead(head.status, head.message, head.headers)
  if (first === null) response.end()
  else response.end(first.toString('latin1'), 'latin1')
}

function writeHead(each: Forwarding): void {
  const { head, first, response } = each
  if (head === null || response.headersSent) return
  stopTimer(each)
  response.writeHead(head.status, head.message, head.headers)
  each.first = null
  if (first === null) response.flushHeaders()
  else write(each, first)
}

function write({ response, exchange }: Forwarding, chunk: Buffer): void {
  if (response.write(chunk)) return
  exchange?.socket.pause()
  response.once('drain', () => exchange?.socket.resume())
}

function fail(each: Forwarding, code: RouterErrorCode): void {
  if (each.record.ended) return
  const { response } = each
  finish(each, code)
  each.exchange?.abandon()
  if (code === 'H27') return
  if (response.headersSent) return void response.destroy()
  const page = errorPage(code, each.options.app)
  response.writeHead(503, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Cache-Control': 'no-cache, no-store',
  })
  response.end(each.record.request.method === 'HEAD' ? undefined : page)
}

function finish(each: Forwarding, outcome: number | RouterErrorCode): void {
  stopTimer(each)
  each.options.dispatcher.forget(each)
  each.options.log(endRecord(each.record, outcome))
}

/** A timer that is kept after clearTimeout would come back to life by refresh(). */
function stopTimer(each: Forwarding): void {
  clearTimeout(each.timer)
  each.timer = undefined
}
