import {
  request as openRequest,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { App } from '../../model.ts'
import type { Backend } from './backend.ts'
import type { Dispatched, Dispatcher } from './dispatcher.ts'
import type { RouterErrorCode } from './error-codes.ts'
import { errorPage } from './error-page.ts'
import { forwardedHeaders, hasBody, returnedHeaders } from './headers.ts'
import { attach, detach, endRecord, recordOf, type RequestRecord } from './request-record.ts'

/** What every request of one router shares. Times in milliseconds. */
export interface ForwardingOptions {
  readonly app: App
  readonly dispatcher: Dispatcher
  readonly requestTimeout: number
  readonly idleTimeout: number
  readonly log: (line: string) => void
}

interface Exchange extends Dispatched {
  readonly options: ForwardingOptions
  readonly record: RequestRecord
  readonly response: ServerResponse
  upstream: ClientRequest | null
  timer: NodeJS.Timeout | undefined
}

/** Takes one HTTP request to a dyno and its response back, both streaming. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardingOptions,
): void {
  const exchange: Exchange = {
    options,
    record: recordOf(request),
    response,
    upstream: null,
    timer: undefined,
    refusedBy: new Set(),
    send: (backend) => send(exchange, backend),
    fail: (code) => fail(exchange, code),
  }
  // A client that resets its connection; 'close' follows.
  response.on('error', () => undefined)
  response.once('close', () => fail(exchange, 'H27'))
  options.dispatcher.dispatch(exchange)
}

function send(exchange: Exchange, backend: Backend): void {
  const { record, options } = exchange
  const { request } = record
  attach(record, backend)
  const upstream = openRequest({
    host: '127.0.0.1',
    port: backend.port,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: forwardedHeaders(request, { ...record, routerPort: options.app.routerPort, upgrade: false }),
    agent: backend.agent,
    setHost: false,
  })
  exchange.upstream = upstream
  exchange.timer = setTimeout(
    () => fail(exchange, record.connectedAt === null ? 'H19' : 'H12'),
    options.requestTimeout,
  )
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => connected(exchange, upstream))
    else connected(exchange, upstream)
  })
  upstream.once('response', (reply) => giveBack(exchange, reply))
  upstream.on('error', (error) => refusedOrLost(exchange, upstream, backend, error))
}

/** The body leaves only now: until here the request can still go to another dyno. */
function connected(exchange: Exchange, upstream: ClientRequest): void {
  const { record } = exchange
  if (record.ended) return
  record.connectedAt = performance.now()
  if (!hasBody(record.request)) return void upstream.end()
  // The time for the first byte counts from the end of the upload.
  record.request.once('end', () => exchange.timer?.refresh())
  record.request.pipe(upstream)
}

function refusedOrLost(exchange: Exchange, upstream: ClientRequest, backend: Backend, error: Error): void {
  const { record } = exchange
  if (record.ended || exchange.upstream !== upstream) return
  if (record.connectedAt !== null) return fail(exchange, exchange.response.headersSent ? 'H18' : 'H13')
  stopTimer(exchange)
  if ((error as NodeJS.ErrnoException).code === 'ETIMEDOUT') return fail(exchange, 'H19')
  detach(record)
  exchange.refusedBy.add(backend)
  exchange.options.dispatcher.dispatch(exchange)
}

function giveBack(exchange: Exchange, reply: IncomingMessage): void {
  const { record, response, options } = exchange
  stopTimer(exchange)
  if (record.ended) return void reply.resume()
  response.writeHead(reply.statusCode ?? 502, reply.statusMessage, returnedHeaders(reply))
  reply.on('data', (chunk: Buffer) => {
    record.bytes += chunk.length
    exchange.timer?.refresh()
    if (!response.write(chunk)) reply.pause()
  })
  response.on('drain', () => reply.resume())
  reply.once('end', () => {
    if (!reply.complete) return
    finish(exchange, reply.statusCode ?? 502)
    response.end()
  })
  reply.once('close', () => {
    if (!reply.complete) fail(exchange, 'H18')
  })
  // Most responses are whole by now; the others get their headers sent and their silences timed.
  setImmediate(() => {
    if (record.ended) return
    if (record.bytes === 0) response.flushHeaders()
    exchange.timer = setTimeout(() => fail(exchange, 'H15'), options.idleTimeout)
  })
}

function fail(exchange: Exchange, code: RouterErrorCode): void {
  if (exchange.record.ended) return
  const { response } = exchange
  finish(exchange, code)
  exchange.upstream?.destroy()
  if (code === 'H27') return
  if (response.headersSent) return void response.destroy()
  const page = errorPage(code, exchange.options.app)
  response.writeHead(503, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Cache-Control': 'no-cache, no-store',
  })
  response.end(exchange.record.request.method === 'HEAD' ? undefined : page)
}

function finish(exchange: Exchange, outcome: number | RouterErrorCode): void {
  const { options, record } = exchange
  stopTimer(exchange)
  options.dispatcher.forget(exchange)
  options.log(endRecord(record, outcome))
}

/** A timer that is kept after clearTimeout would come back to life by refresh(). */
function stopTimer(exchange: Exchange): void {
  clearTimeout(exchange.timer)
  exchange.timer = undefined
}
