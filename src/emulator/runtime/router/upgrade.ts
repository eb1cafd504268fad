import { connect, type Socket } from 'node:net'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Backend } from './backend.ts'
import type { Dispatched } from './dispatcher.ts'
import { routerErrors, type RouterErrorCode } from './error-codes.ts'
import { errorPage } from './error-page.ts'
import type { ForwardingOptions } from './forward.ts'
import { requestHead } from './headers.ts'
import { attach, detach, endRecord, recordOf, type RequestRecord } from './request-record.ts'

interface Tunnel extends Dispatched {
  readonly options: ForwardingOptions
  readonly record: RequestRecord
  readonly client: Duplex
  readonly head: Buffer
  dyno: Socket | null
  timer: NodeJS.Timeout | undefined
  status: number
}

/** Joins a client that asks for another protocol (WebSocket) with a dyno, byte for byte. */
export function tunnel(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  options: ForwardingOptions,
): void {
  const each: Tunnel = {
    options,
    record: recordOf(request, options.hangUpStatus),
    client,
    head,
    dyno: null,
    timer: undefined,
    status: 101,
    refusedBy: new Set(),
    send: (backend) => send(each, backend),
    fail: (code) => fail(each, code),
  }
  client.on('error', () => undefined)
  // Reads ahead, without taking anything: a client that hangs up while no dyno answers would not be noticed otherwise.
  client.on('readable', readAhead)
  client.once('end', () => {
    if (each.record.bytes === 0) fail(each, 'H27')
  })
  client.once('close', () => (each.record.bytes > 0 ? end(each, each.status) : fail(each, 'H27')))
  options.dispatcher.dispatch(each)
}

const readAhead = (): void => undefined

function send(each: Tunnel, backend: Backend): void {
  const { record, client, options } = each
  attach(record, backend)
  const dyno = connect(backend.port, '127.0.0.1')
  each.dyno = dyno
  each.timer = setTimeout(
    () => fail(each, record.connectedAt === null ? 'H19' : 'H12'),
    options.requestTimeout,
  )
  dyno.once('connect', () => {
    record.connectedAt = performance.now()
    const { routerPort } = options.app
    dyno.write(requestHead(record.request, { ...record, routerPort, upgrade: true }), 'latin1')
    dyno.write(each.head)
    client.off('readable', readAhead)
    client.on('data', () => each.timer?.refresh())
    client.pipe(dyno)
    dyno.pipe(client)
  })
  dyno.on('data', (chunk: Buffer) => received(each, chunk))
  dyno.on('error', () => undefined)
  dyno.once('close', () => dynoClosed(each, backend))
}

function received(each: Tunnel, chunk: Buffer): void {
  const first = each.record.bytes === 0
  each.record.bytes += chunk.length
  if (!first) return void each.timer?.refresh()
  clearTimeout(each.timer)
  each.status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? each.status)
  each.timer = setTimeout(() => fail(each, 'H15'), each.options.idleTimeout)
}

function dynoClosed(each: Tunnel, backend: Backend): void {
  if (each.record.ended) return
  if (each.record.connectedAt === null) {
    clearTimeout(each.timer)
    detach(each.record)
    each.refusedBy.add(backend)
    each.options.dispatcher.dispatch(each)
  } else if (each.record.bytes === 0) {
    fail(each, 'H13')
  } else {
    end(each, each.status)
    each.client.end()
  }
}

function fail(each: Tunnel, code: RouterErrorCode): void {
  const { record, client } = each
  if (record.ended) return
  const answered = record.bytes > 0
  end(each, code)
  if (code === 'H27' || answered) return void client.destroy()
  const page = errorPage(code, each.options.app)
  const status = `HTTP/1.1 ${routerErrors[code].status} Service Unavailable`
  const length = Buffer.byteLength(page)
  client.end(
    `${status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${page}`,
  )
}

function end(each: Tunnel, outcome: number | RouterErrorCode): void {
  if (each.record.ended) return
  clearTimeout(each.timer)
  each.options.dispatcher.forget(each)
  each.options.log(endRecord(each.record, outcome))
  each.dyno?.destroy()
}
