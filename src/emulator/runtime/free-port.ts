import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range from which Linux and macOS take the ports of outgoing connections: between the question and the moment a
 * dyno binds its port, the router opens many connections, and none of them can take it away.
 */
const LOWEST = 20_000
const HIGHEST = 32_767
const ATTEMPTS = 50

/** A loopback port on which nothing listens now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listenOnce(randomInt(LOWEST, HIGHEST + 1))
    if (port !== null) return port
  }
  const port = await listenOnce(0)
  if (port === null) throw new Error('No free port on 127.0.0.1')
  return port
}

/** Whether nothing listens on a port now. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null
}

async function listenOnce(port: number): Promise<number | null> {
  const server = createServer()
  try {
    // On every address, because that is what most apps bind.
    server.listen(port)
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : null
  } catch {
    return null
  } finally {
    server.close()
  }
}
