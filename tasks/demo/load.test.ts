import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startLoad } from './load.ts'
import { waitUntil } from './platform.ts'

async function withServer(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await waitUntil('the server listens', 5_000, () => server.listening)
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Sends until at least so many requests were answered one way or another, then stops. */
async function countRequests(url: string, atLeast: number, seen: () => number) {
  const load = startLoad({ url, requestsPerSecond: 200 })
  const tally = load.tally()
  await waitUntil('enough requests were sent', 10_000, () => seen() >= atLeast)
  await load.stop()
  return { load, tally, counts: await tally.settled() }
}

test('a write counts as acknowledged once it is answered with 201, and is never repeated', async () => {
  const keys: string[] = []
  let seen = 0
  await withServer(
    (request, response) => {
      seen++
      const key = request.headers['idempotency-key']
      if (typeof key === 'string') keys.push(key)
      response.writeHead(request.method === 'POST' ? 201 : 200).end('{}')
    },
    async (url) => {
      const { load, counts } = await countRequests(url, 30, () => seen)
      expect(counts).toMatchObject({ failed: 0, maintenance: 0, sent: seen, acknowledged: keys.length })
      expect(new Set(keys).size).toBe(keys.length)
      expect([...load.acknowledged.keys()].sort()).toEqual(keys.sort())
    },
  )
})

test('the maintenance page is told from other errors, and neither is acknowledged', async () => {
  let seen = 0
  await withServer(
    (_request, response) => {
      const page = seen++ % 2 === 0 ? 'Offline for Maintenance' : 'Application error'
      response.writeHead(503).end(page)
    },
    async (url) => {
      const { load, counts, tally } = await countRequests(url, 20, () => seen)
      expect(counts.maintenance).toBeGreaterThan(0)
      expect(counts.failed).toBe(counts.sent - counts.maintenance)
      expect(tally.failures).toHaveLength(counts.failed)
      expect(load.acknowledged.size).toBe(0)
    },
  )
})

test('a connection that breaks, before or in the middle of the answer, is a failed request', async () => {
  let seen = 0
  await withServer(
    (request, response) => {
      if (seen++ % 2 === 0) request.socket.resetAndDestroy()
      else response.writeHead(201, { 'Content-Length': '100' }).write('{', () => request.socket.destroy())
    },
    async (url) => {
      const { load, counts } = await countRequests(url, 20, () => seen)
      expect(counts.failed).toBe(counts.sent)
      expect(load.acknowledged.size).toBe(0)
    },
  )
})

test('a new tally counts what is sent from then on, whenever it is answered', async () => {
  let held: (() => void)[] = []
  let holding = true
  await withServer(
    (request, response) => {
      const answer = () => response.writeHead(request.method === 'POST' ? 201 : 200).end('{}')
      if (holding) held.push(answer)
      else answer()
    },
    async (url) => {
      const load = startLoad({ url, requestsPerSecond: 200 })
      const first = load.tally()
      await waitUntil('requests are held', 10_000, () => held.length >= 5)
      const second = load.nextTally()
      holding = false
      for (const answer of held) answer()
      held = []
      await load.stop()
      const counts = [await first.settled(), await second.settled()]
      expect(counts[0]?.sent).toBeGreaterThanOrEqual(5)
      expect(counts.every(({ failed }) => failed === 0)).toBe(true)
    },
  )
})
