import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { notFound } from '../http/errors.ts'
import { openLive } from '../http/live.ts'
import type { LogFilter, LogLine } from '../platform.ts'
import { requireApp, type AppRoute } from './identity.ts'
import { wantsEvents } from './output-streams.ts'

const createBody = z
  .object({
    dyno: z.string().nullish(),
    dyno_name: z.string().nullish(),
    type: z.string().nullish(),
    lines: z.coerce.number().int().min(0).max(1500).nullish(),
    source: z.string().nullish(),
    tail: z.boolean().nullish(),
  })
  .nullish()

interface Session {
  readonly appId: string
  readonly filter: LogFilter
  readonly tail: boolean
}

/** Sessions that are remembered; older ones answer 404, as expired ones do on Heroku. */
const greatestSessions = 1000

/** Log sessions: an address is made, then read, without a token, until the client leaves or the lines end. */
export function registerLogSessions(server: FastifyInstance, plane: ControlPlane): void {
  const sessions = new Map<string, Session>()
  server.post<AppRoute>('/apps/:app/log-sessions', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    const given = createBody.parse(request.body)
    const id = randomUUID()
    const dyno = given?.dyno ?? given?.dyno_name ?? given?.type ?? undefined
    const filter = { lines: given?.lines ?? 100, source: given?.source ?? undefined, dyno }
    sessions.set(id, { appId: app.id, filter, tail: given?.tail === true })
    for (const old of [...sessions.keys()].slice(0, -greatestSessions)) sessions.delete(old)
    const now = plane.clock.now()
    const body = { id, logplex_url: `${plane.baseUrl}/logs/${id}`, created_at: now, updated_at: now }
    return await reply.code(201).send(body)
  })
  server.get<{ Params: { id: string } }>(
    '/logs/:id',
    { config: { public: true } },
    async (request, reply) => {
      const session = sessions.get(request.params.id)
      if (session === undefined) throw notFound('log_session')
      const events = wantsEvents(request)
      const after = Number([request.headers['last-event-id']].flat()[0] ?? 0)
      const contentType = events ? 'text/event-stream' : 'text/plain; charset=utf-8'
      const live = openLive(reply, { status: 200, contentType })
      const send = (line: LogLine) => {
        if (line.id > after)
          live.write(events ? `id: ${line.id}\ndata: ${logLine(line)}\n\n` : `${logLine(line)}\n`)
      }
      for (const line of plane.logs.recent(session.appId, session.filter)) send(line)
      if (session.tail) live.onClose(plane.logs.follow(session.appId, session.filter, send))
      else live.end()
      return reply
    },
  )
}

/** 2026-01-01T00:00:00.000000+00:00 app[web.1]: text */
export function logLine(line: LogLine): string {
  return `${line.at.replace(/\.(\d{3})Z$/, '.$1000+00:00')} ${line.source}[${line.dyno}]: ${line.message}`
}
