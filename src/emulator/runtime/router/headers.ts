import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Headers as Node hands them out and takes them: name, value, name, value. */
export type FlatHeaders = readonly string[]

const VIA = '1.1 heroku-router'
/** Those of one connection, and those the router sets itself. */
const replacedInRequests = new Set([
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
/** Without transfer-encoding, because the server frames the body again for the client's version of HTTP. */
const replacedInResponses = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'via',
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

export function forwardedHeaders(request: IncomingMessage, forwarded: ForwardedRequest): FlatHeaders {
  const named = forwarded.upgrade ? undefined : request.headers.connection
  const headers = without(request.rawHeaders, replacedInRequests, named)
  if (forwarded.upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? '')
  if (needsLength(request)) headers.push('Content-Length', '0')
  headers.push(
    'X-Request-Id',
    forwarded.requestId,
    'X-Forwarded-For',
    forwarded.forwardedFor,
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Port',
    String(forwarded.routerPort),
    'X-Request-Start',
    String(Date.now()),
    'Via',
    VIA,
    'Connect-Time',
    '0',
    'Total-Route-Time',
    '0',
  )
  return headers
}

export function returnedHeaders(response: IncomingMessage): string[] {
  const headers = without(response.rawHeaders, replacedInResponses, response.headers.connection)
  headers.push('Via', VIA)
  return headers
}

export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** Node would send an empty chunked body for these. */
function needsLength(request: IncomingMessage): boolean {
  const framed = request.headers['content-length'] ?? request.headers['transfer-encoding']
  return (
    framed === undefined && !['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'].includes(request.method ?? 'GET')
  )
}

function without(raw: FlatHeaders, dropped: ReadonlySet<string>, connection: string | undefined): string[] {
  const named = connectionHeaders(connection)
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (!dropped.has(lower) && !named.includes(lower)) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}

/** The headers that `Connection` declares to be of this connection only. */
function connectionHeaders(connection: string | undefined): readonly string[] {
  if (connection === undefined || /^(keep-alive|close)$/i.test(connection)) return []
  return connection.split(',').map((name) => name.trim().toLowerCase())
}
