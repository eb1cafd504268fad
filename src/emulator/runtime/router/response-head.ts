import { MalformedResponse } from './malformed-response.ts'
import { VIA } from './headers.ts'

/** The head of a dyno's response. */
export interface ResponseHead {
  readonly status: number
  readonly message: string
  /** Name, value, name, value; without the headers of one connection. */
  readonly headers: string[]
  /** How the end of the body is found. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  /** Bytes, for framing length. */
  readonly length: number
  /** Whether the connection serves another request afterwards. */
  readonly keepAlive: boolean
}

/** Transfer-encoding goes because the server frames the body again for the client's version of HTTP. */
const dropped = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'via'])

/** Reads a head without its last, empty line. Throws when it is not HTTP. */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n')
  const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(lines[0] ?? '')
  if (statusLine === null) throw new MalformedResponse('The response does not start with a status line')
  const headers: string[] = []
  const connection = { length: '', coding: '', options: '' }
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const colon = line.indexOf(':')
    if (colon <= 0) throw new MalformedResponse('A line of the response head is not a header')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    const lower = name.toLowerCase()
    if (lower === 'content-length') connection.length = value
    else if (lower === 'transfer-encoding') connection.coding = value.toLowerCase()
    else if (lower === 'connection') connection.options = value.toLowerCase()
    if (!dropped.has(lower)) headers.push(name, value)
  }
  headers.push('Via', VIA)
  const status = Number(statusLine[2])
  const framing = framingOf(method, status, connection)
  const persistent =
    statusLine[1] === '1' ? !/\bclose\b/.test(connection.options) : /\bkeep-alive\b/.test(connection.options)
  return {
    status,
    message: statusLine[3] ?? '',
    headers,
    framing,
    length: framing === 'length' ? Number(connection.length) : 0,
    keepAlive: persistent && framing !== 'close',
  }
}

function framingOf(
  method: string,
  status: number,
  connection: { length: string; coding: string },
): ResponseHead['framing'] {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none'
  if (connection.coding.endsWith('chunked')) return 'chunked'
  if (connection.length === '') return 'close'
  if (!/^\d{1,15}$/.test(connection.length)) throw new MalformedResponse('The content length is not a number')
  return 'length'
}
