import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBackend, type Backend } from './backend.ts'
import { openExchange } from './dyno-connection.ts'

let server: Server
let backend: Backend
let accepted: Socket[]
beforeEach(async () => {
  accepted = []
  server = createServer((socket) => {
    accepted.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  backend = createBackend('web.1', (server.address() as AddressInfo).port)
})
afterEach(async () => {
  for (const socket of accepted) socket.destroy()
  server.close()
  await once(server, 'close')
})

function ask(): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = ''
    openExchange(backend, {
      method: 'GET',
      head: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      onConnect: (exchange) => exchange.sent(),
      onHead: () => undefined,
      onBody: (chunk) => (body += chunk.toString()),
      onPause: () => undefined,
      onEnd: () => resolve(body),
      onError: reject,
    })
  })
}

test('a connection is used again', async () => {
  expect([await ask(), await ask()]).toEqual(['ok', 'ok'])
  expect(accepted).toHaveLength(1)
})

test('one that was closed a moment ago, and is still in the list, is not', async () => {
  await ask()
  const [unused] = backend.unused
  unused?.destroy()
  expect(backend.unused).toHaveLength(1)
  expect(await ask()).toBe('ok')
  expect(accepted).toHaveLength(2)
})
