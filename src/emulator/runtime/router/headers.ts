import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** How the router names itself to both sides. */
export const VIA = '1.1 heroku-router'
/** Those of one connection, and those the router sets itself. */
const replaced = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'connect-time',
  'total-route-time',
  'via',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
  'x-request-start',
])
/** The id that a client sent, when it looks like one, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9-]{20,200}$/.test(given) ? given : randomUUID()
}

/** The addresses that the request came through, the nearest last. */
export function forwardedFor(request: IncomingMessage): string {
  const nearest = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
  const given = request.headers['x-forwarded-for']
  return given === undefined ? nearest : `${String(given)}, ${nearest}`
}

export interface ForwardedRequest {
  readonly requestId: string
  readonly forwardedFor: string
  readonly routerPort: number
  /** Keeps connection and upgrade, for a protocol switch. */
  readonly upgrade: boolean
}

/** Request line and headers for the dyno, up to and with the empty line. */
export function requestHead(request: IncomingMessage, forwarded: ForwardedRequest): string {
  const { rawHeaders, headers } = request
  const named = connectionHeaders(headers.connection)
  let text = `${request.method} ${request.url} HTTP/1.1\r\n`
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const lower = name.toLowerCase()
    if (replaced.has(lower) || named.includes(lower)) continue
    text += `${name}: ${rawHeaders[at + 1]}\r\n`
  }
  if (headers.host === undefined) text += `Host: 127.0.0.1:${forwarded.routerPort}\r\n`
  if (needsLength(request)) text += 'Content-Length: 0\r\n'
  if (forwarded.upgrade) text += `Connection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n`
  else text += 'Connection: keep-alive\r\n'
  return (
    `${text}X-Request-Id: ${forwarded.requestId}\r\nX-Forwarded-For: ${forwarded.forwardedFor}\r\n` +
    `X-Forwarded-Proto: http\r\nX-Forwarded-Port: ${forwarded.routerPort}\r\n` +
    `X-Request-Start: ${Date.now()}\r\nVia: ${VIA}\r\nConnect-Time: 0\r\nTotal-Route-Time: 0\r\n\r\n`
  )
}

export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

const withoutBody = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'])

/** Some servers refuse a POST that does not say how long it is. */
function needsLength({ headers, method = 'GET' }: IncomingMessage): boolean {
  const framed = headers['content-length'] ?? headers['transfer-encoding']
  return framed === undefined && !withoutBody.has(method)
}

/** The headers that `Connection` declares to be of this connection only. */
function connectionHeaders(connection: string | undefined): readonly string[] {
  if (connection === undefined || /^(keep-alive|close|upgrade)$/i.test(connection)) return []
  return connection.split(',').map((name) => name.trim().toLowerCase())
}
