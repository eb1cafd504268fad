import { MalformedResponse } from './malformed-response.ts'
import { createChunkedBody, type ChunkedBody } from './chunked-body.ts'
import { parseResponseHead, type ResponseHead } from './response-head.ts'

export interface ResponseEvents {
  onHead(head: ResponseHead): void
  onBody(chunk: Buffer): void
  /** The body is whole; `excess` when the dyno sent more than that. */
  onEnd(head: ResponseHead, excess: boolean): void
}

export interface ResponseReader {
  /** Throws when what arrives is not an HTTP/1.1 response. Not to be called after onEnd. */
  push(piece: Buffer): void
  /** The dyno closed the connection; that ends a body without a length. False when something is missing. */
  close(): boolean
}

const HEAD_END = '\r\n\r\n'
/** Heroku refuses larger heads, too. */
const LONGEST_HEAD = 524_288

/** Reads one response of a dyno. A small parser of our own, because the router's speed is mostly that of its client. */
export function createResponseReader(method: string, events: ResponseEvents): ResponseReader {
  let unread: Buffer | null = null
  let head: ResponseHead | null = null
  let chunks: ChunkedBody | null = null
  let left = 0
  let ended = false

  function end(of: ResponseHead, excess: boolean): void {
    ended = true
    events.onEnd(of, excess)
  }

  function readHead(piece: Buffer): void {
    const all: Buffer = unread === null ? piece : Buffer.concat([unread, piece])
    const at = all.indexOf(HEAD_END, 0, 'latin1')
    if (at === -1) {
      if (all.length > LONGEST_HEAD) throw new MalformedResponse('The head of the response is too long')
      unread = all
      return
    }
    unread = null
    const parsed = parseResponseHead(all.toString('latin1', 0, at), method)
    const rest = all.subarray(at + HEAD_END.length)
    // 100 Continue and 103 Early Hints come before the response itself.
    if (parsed.status >= 100 && parsed.status < 200) return rest.length > 0 ? readHead(rest) : undefined
    head = parsed
    left = parsed.length
    if (parsed.framing === 'chunked') chunks = createChunkedBody()
    events.onHead(parsed)
    readBody(parsed, rest)
  }

  function readBody(of: ResponseHead, piece: Buffer): void {
    if (chunks !== null) {
      const read = chunks.push(piece, (chunk) => events.onBody(chunk))
      if (chunks.complete) end(of, read < piece.length)
      return
    }
    const body = of.framing === 'close' ? piece : piece.subarray(0, left)
    left -= body.length
    if (body.length > 0) events.onBody(body)
    if (of.framing !== 'close' && left === 0) end(of, body.length < piece.length)
  }

  return {
    push(piece) {
      if (head === null) readHead(piece)
      else readBody(head, piece)
    },
    close() {
      if (!ended && head?.framing === 'close') end(head, false)
      return ended
    },
  }
}
