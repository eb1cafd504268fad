import { StringDecoder } from 'node:string_decoder'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ControlPlane } from '../control-plane.ts'
import { apiError, notFound } from '../http/errors.ts'
import { openLive } from '../http/live.ts'
import type { OutputStream } from '../platform.ts'

/** Output of builds and release commands, live until it ends: text, or server-sent events for who asks for them. */
export function registerOutputStreams(server: FastifyInstance, plane: ControlPlane): void {
  server.get<{ Params: { id: string } }>(
    '/streams/:id',
    { config: { public: true } },
    async (request, reply) => {
      const stream = plane.streams.open(request.params.id)
      if (stream === undefined) throw notFound('stream')
      const events = wantsEvents(request)
      const start = events ? eventStart(request) : byteStart(request)
      if (start > 0 && stream.ended && start >= stream.content().length && !events) {
        throw apiError(416, 'requested_range_not_satisfiable', 'The stream has ended before this byte.')
      }
      const live = openLive(reply, {
        status: !events && request.headers.range !== undefined ? 206 : 200,
        contentType: events ? 'text/event-stream' : 'text/plain; charset=utf-8',
      })
      const send = events ? eventSender(start, live.write) : live.write
      pump(stream, start, send, live)
      return reply
    },
  )
}

/** Whether the client asked for server-sent events. */
export function wantsEvents(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/event-stream')
}

function byteStart(request: FastifyRequest): number {
  const match = /^bytes=(\d+)-/.exec(request.headers.range ?? '')
  return Number(match?.[1] ?? 0)
}

/** The id of an event is the offset after it. */
function eventStart(request: FastifyRequest): number {
  const id = Number([request.headers['last-event-id']].flat()[0] ?? 0)
  return Number.isInteger(id) && id > 0 ? id : 0
}

function pump(
  stream: OutputStream,
  start: number,
  send: (chunk: Buffer) => void,
  live: ReturnType<typeof openLive>,
): void {
  const known = stream.content()
  if (known.length > start) send(known.subarray(start))
  // A client that resumes may know more than this stream has written.
  let skip = Math.max(0, start - known.length)
  const stop = stream.follow((chunk) => {
    const rest = chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
    if (rest.length > 0) send(rest)
  }, live.end)
  live.onClose(stop)
}

/** Whole characters only: one that is split over two chunks goes out with the second. */
function eventSender(start: number, write: (text: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let offset = start
  return (chunk) => {
    const text = decoder.write(chunk)
    if (text === '') return
    offset += Buffer.byteLength(text)
    write(`id: ${offset}\ndata: ${text.split('\n').join('\ndata: ')}\n\n`)
  }
}
