import { connect, type Socket } from 'node:net'
import type { Backend } from './backend.ts'
import type { ResponseHead } from './response-head.ts'
import { createResponseReader, type ResponseReader } from './response-reader.ts'

export interface DynoRequest {
  readonly method: string
  /** Request line and headers, with the empty line. */
  readonly head: string
  /** The connection stands; called at once for one that is used again. */
  onConnect(exchange: DynoExchange): void
  onHead(head: ResponseHead): void
  onBody(chunk: Buffer): void
  /** All that has arrived so far was handed out, and more is to come. */
  onPause(): void
  onEnd(): void
  /** Nothing more will come, for this reason. Neither onEnd nor onError is called after the other. */
  onError(error: NodeJS.ErrnoException): void
}

/** A request under way on a connection. */
export interface DynoExchange {
  readonly socket: Socket
  /** The whole request has been written: only then is the connection used again. */
  sent(): void
  /** Closes the connection; nothing is called any more. */
  abandon(): void
}

interface Connection {
  readonly socket: Socket
  readonly backend: Backend
  request: DynoRequest | null
  reader: ResponseReader | null
  sent: boolean
  ended: boolean
  keepAlive: boolean
  error: NodeJS.ErrnoException | null
}

/**
 * Milliseconds after which an unused connection to a dyno is closed. Shorter than what common servers wait (Node 5 s,
 * gunicorn 2 s), so that no request is written to a connection that the dyno is just closing.
 */
const UNUSED_CONNECTION = 1_500

const connections = new WeakMap<Socket, Connection>()

/** Writes the head to an unused connection of the dyno or to a new one. */
export function openExchange(backend: Backend, request: DynoRequest): DynoExchange {
  const unused = takeUnused(backend)
  const connection = (unused && connections.get(unused)) ?? openConnection(backend)
  const { socket } = connection
  connection.request = request
  connection.sent = false
  connection.ended = false
  connection.reader = createResponseReader(request.method, {
    onHead: (head) => request.onHead(head),
    onBody: (chunk) => request.onBody(chunk),
    onEnd(head, excess) {
      connection.ended = true
      connection.keepAlive = head.keepAlive && !excess
    },
  })
  const exchange: DynoExchange = {
    socket,
    sent() {
      if (connection.request === request) connection.sent = true
    },
    abandon() {
      if (connection.request !== request) return
      connection.request = null
      socket.destroy()
    },
  }
  socket.write(request.head, 'latin1')
  if (unused === undefined) socket.once('connect', () => connection.request?.onConnect(exchange))
  else request.onConnect(exchange)
  return exchange
}

/** A socket stays in the list until its close is told, a moment after either side has closed it. */
function takeUnused({ unused }: Backend): Socket | undefined {
  for (let socket = unused.pop(); socket !== undefined; socket = unused.pop()) {
    if (socket.readable && socket.writable) return socket
  }
  return undefined
}

function openConnection(backend: Backend): Connection {
  const socket = connect({ port: backend.port, host: '127.0.0.1', noDelay: true })
  const connection: Connection = {
    socket,
    backend,
    request: null,
    reader: null,
    sent: false,
    ended: false,
    keepAlive: false,
    error: null,
  }
  connections.set(socket, connection)
  socket.on('data', (piece) => received(connection, piece))
  // Every read and write puts it off; with a request under way, silence is the router's matter.
  socket.setTimeout(UNUSED_CONNECTION, () => {
    if (connection.request === null) socket.destroy()
  })
  socket.on('error', (error) => {
    connection.error = error
  })
  socket.on('close', () => closed(connection))
  return connection
}

function received(connection: Connection, piece: Buffer): void {
  const { request, reader, socket } = connection
  // A dyno that speaks without being asked: the connection is of no more use.
  if (request === null || reader === null) return void socket.destroy()
  try {
    reader.push(piece)
  } catch (error) {
    connection.error = error as Error
    return void socket.destroy()
  }
  if (!connection.ended) return request.onPause()
  connection.request = null
  release(connection)
  request.onEnd()
}

/** A connection is used again when both sides have said all they had to say. */
function release({ socket, backend, sent, keepAlive }: Connection): void {
  if (!sent || !keepAlive || backend.retired) return void socket.destroy()
  if (socket.isPaused()) socket.resume()
  backend.unused.push(socket)
}

function closed({ socket, backend, request, reader, error }: Connection): void {
  const at = backend.unused.indexOf(socket)
  if (at !== -1) backend.unused.splice(at, 1)
  if (request === null) return
  if (error === null && reader?.close() === true) request.onEnd()
  else request.onError(error ?? new Error('The dyno closed the connection'))
}
