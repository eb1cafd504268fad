import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { App } from '../../model.ts'
import { currentRelease, slugOf } from '../dyno-plan.ts'
import type { RuntimeParts } from '../runtime-parts.ts'
import { createDispatcher, type Routes } from './dispatcher.ts'
import { forward, type ForwardingOptions } from './forward.ts'
import { tunnel } from './upgrade.ts'

/** The router of one app. */
export interface Router {
  /** Listens on app.routerPort, or on a free port when that is 0 or taken. Resolves with the port. */
  open(): Promise<number>
  /** Tells it that the routes may have changed. */
  refresh(): void
  /** Closes every connection, idle or not. */
  close(): Promise<void>
}

/** Milliseconds that an unused client connection is kept, as long as Heroku's router keeps one to a dyno. */
const CLIENT_KEEP_ALIVE = 90_000

export function createRouter(app: App, parts: RuntimeParts, routes: () => Routes): Router {
  const { clock, durations } = parts
  const dispatcher = createDispatcher({
    routes,
    closed: () => app.maintenance,
    blank: () => slugOf(app, currentRelease(app)) === undefined,
    spread: parts.spread ?? 'random',
    bootQueue: clock.milliseconds(durations.bootQueue),
  })
  const options: ForwardingOptions = {
    app,
    dispatcher,
    requestTimeout: clock.milliseconds(durations.requestTimeout),
    idleTimeout: clock.milliseconds(durations.idleTimeout),
    log: (line) => parts.logs.write(app.id, 'heroku', 'router', line),
  }
  // Uploads may last as long as they like; only their silence is limited.
  const server = createServer({ keepAliveTimeout: CLIENT_KEEP_ALIVE, requestTimeout: 0 })
  const tunnels = new Set<Duplex>()
  server.on('request', (request, response) => forward(request, response, options))
  server.on('upgrade', (request, socket, head) => {
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    tunnel(request, socket, head, options)
  })

  return {
    async open() {
      return listen(server, app.routerPort).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE' || app.routerPort === 0) throw error
        return listen(server, 0)
      })
    },
    refresh: () => dispatcher.refresh(),
    async close() {
      if (!server.listening) return
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      for (const socket of tunnels) socket.destroy()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
