import { once } from 'node:events'
import { createServer } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect as connectPlain, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { speakTls } from './one-port.ts'

const certificate = makeCertificate()
const ca = certificate.certificatePem
const joined: { id: string; skip: number }[] = []
let server: ReturnType<typeof createServer>
let disconnect: () => void
let port: number

beforeEach(async () => {
  joined.length = 0
  server = createServer((request, response) => {
    void text(request).then((body) => response.end(`${request.method} ${request.url} ${body.length}`))
  })
  const join = (id: string, socket: Duplex, skip: number) => {
    joined.push({ id, skip })
    socket.end('joined')
  }
  disconnect = speakTls(server, certificate, { join, offer: () => expect.fail('nothing is offered') })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  disconnect()
  server.close()
  if (server.listening) await once(server, 'close')
})

async function answerOf(request: ReturnType<typeof requestPlain>, body = ''): Promise<string> {
  request.end(body)
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
  return await text(response)
}

test('answers plain HTTP and HTTPS on one port, bodies of any size included', async () => {
  const options = { port, host: '127.0.0.1', path: '/x', method: 'POST', agent: false } as const
  const body = 'x'.repeat(3_000_000)
  const answers = [1, 2, 3].flatMap(() => [
    answerOf(requestPlain(options), body),
    answerOf(requestSecure({ ...options, ca }), body),
  ])
  expect(new Set(await Promise.all(answers))).toEqual(new Set([`POST /x ${body.length}`]))
})

test('several requests on one secure connection', async () => {
  const socket = connect({ port, host: '127.0.0.1', ca })
  socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toContain('GET /1 0')
  expect(answer).toContain('GET /2 0')
})

test('a line with an id over TLS is a rendezvous', async () => {
  const id = '01234567-89ab-cdef-0123-456789abcdef'
  const socket = connect({ port, host: '127.0.0.1', ca })
  socket.write(`${id}\r\ninput`)
  expect(await text(socket)).toBe('joined')
  expect(joined).toEqual([{ id, skip: 38 }])
})

test('silent, hurried and distrustful clients are let go, and the next one is served', async () => {
  const silent = connectPlain(port, '127.0.0.1')
  await once(silent, 'connect')
  silent.end()
  await closed(silent)
  const broken = connectPlain(port, '127.0.0.1')
  broken.write('\x16garbage that is no handshake')
  await closed(broken)
  const distrustful = connect({ port, host: '127.0.0.1' })
  await once(distrustful, 'error')
  const options = { port, host: '127.0.0.1', path: '/', ca, agent: false } as const
  expect(await answerOf(requestSecure(options))).toBe('GET / 0')
})

test('the end takes along connections that have said nothing', async () => {
  const sockets = [connectPlain(port, '127.0.0.1'), connect({ port, host: '127.0.0.1', ca })]
  await Promise.all([once(sockets[0] as Socket, 'connect'), once(sockets[1] as Socket, 'secureConnect')])
  const ends = sockets.map(closed)
  disconnect()
  await Promise.all(ends)
})

async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined)
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}
