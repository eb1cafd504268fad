import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { App } from '../../model.ts'
import { currentRelease, slugOf } from '../dyno-plan.ts'
import { freePort } from '../free-port.ts'
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
    hangUpStatus: parts.assumptions.hangUpStatus,
    log: (line) => parts.logs.write(app.id, 'heroku', 'router', line),
  }
  // Uploads may last as long as they like; only their silence is limited.
  const server = createServer({ keepAliveTimeout: CLIENT_KEEP_ALIVE, requestTimeout: 0 })
  const tunnels = new Set<Duplex>()
  server.on('request', (request, response) => forward(request, response, options))
  server.on('upgrade', (request, socket, head) => {
    if (isOffer(request)) return answerOnce(request, socket as Socket, options)
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    tunnel(request, socket, head, options)
  })

  return {
    async open() {
      if (app.routerPort === 0) return listen(server, await freePort())
      return listen(server, app.routerPort).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error
        return listen(server, await freePort())
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

/** Clients such as Java's offer HTTP/2 with every first request, and expect the plain answer of a server without it. */
function isOffer({ headers }: IncomingMessage): boolean {
  return (
    headers.upgrade?.toLowerCase() === 'h2c' && !headers['content-length'] && !headers['transfer-encoding']
  )
}

/** Node reads no further request from a connection that it has handed out for a switch, so this one closes. */
function answerOnce(request: IncomingMessage, socket: Socket, options: ForwardingOptions): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  forward(request, response, options)
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
