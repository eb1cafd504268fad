import type { IncomingMessage } from 'node:http'
import type { DynoExchange } from './dyno-connection.ts'

/** Streams a request's body to the dyno, in the framing that its headers announce. */
export function sendBody(request: IncomingMessage, exchange: DynoExchange): void {
  const { socket } = exchange
  const chunked = request.headers['transfer-encoding'] !== undefined
  const write = (chunk: Buffer) => {
    if (!chunked) return socket.write(chunk)
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    socket.write(chunk)
    return socket.write('\r\n', 'latin1')
  }
  request.on('data', (chunk: Buffer) => {
    if (socket.destroyed || write(chunk)) return
    request.pause()
    socket.once('drain', () => request.resume())
    socket.once('close', () => request.resume())
  })
  request.once('end', () => {
    if (chunked && !socket.destroyed) socket.write('0\r\n\r\n', 'latin1')
    exchange.sent()
  })
}
