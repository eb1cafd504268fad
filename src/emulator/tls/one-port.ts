import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Rendezvous } from '../rendezvous/rendezvous.ts'
import type { Certificate } from './certificate.ts'
import { whenSpoken } from './first-bytes.ts'

/** What a TLS client says first; no HTTP request begins so. */
const handshake = 0x16
const meetingLine = /^([\da-f-]{36})\r?\n/

/**
 * Makes an HTTP server speak HTTPS, and rendezvous over TLS, on its own port: the first byte tells which of them a
 * connection is. Returns what closes the connections that are none of the HTTP server's yet.
 */
export function speakTls(http: HttpServer, certificate: Certificate, rendezvous: Rendezvous): () => void {
  const listeners = http.listeners('connection') as ((this: HttpServer, socket: Socket) => void)[]
  const serveHttp = (socket: Socket) => {
    for (const listener of listeners) listener.call(http, socket)
  }
  const secure = createServer({ cert: certificate.certificatePem, key: certificate.keyPem })
  secure.on('secureConnection', (socket: TLSSocket) =>
    whenSpoken(socket, (bytes) => {
      const [line, id] = meetingLine.exec(bytes.toString('latin1')) ?? []
      if (line === undefined || id === undefined) return serveHttp(socket)
      rendezvous.join(id, socket, line.length)
    }),
  )
  // A client that does not trust the certificate, or leaves in the middle of the handshake.
  secure.on('tlsClientError', (_error, socket) => socket.destroy())

  const sockets = new Set<Socket>()
  http.removeAllListeners('connection')
  http.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    whenSpoken(socket, ([first]) => {
      if (first === handshake) secure.emit('connection', socket)
      else serveHttp(socket)
    })
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}
