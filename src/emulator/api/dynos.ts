import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { apiError, invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App, DynoView } from '../model.ts'
import { dynoBody } from '../representation/dyno.ts'
import { requireApp, type AppRoute } from './identity.ts'

interface DynoRoute {
  Params: { app: string; dyno: string }
}
interface TypeRoute {
  Params: { app: string; type: string }
}

const createBody = z.object({
  command: z.string().min(1),
  attach: z.boolean().nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  size: z.string().nullish(),
  type: z.string().nullish(),
  time_to_live: z.number().int().positive().max(86_400).nullish(),
})

const attributes = { name: (dyno: DynoView) => dyno.name, id: (dyno: DynoView) => dyno.id }

/** Dynos: list, info, detached one-off, restart, stop. */
export function registerDynos(server: FastifyInstance, plane: ControlPlane): void {
  const { store, runtime } = plane
  server.get<AppRoute>('/apps/:app/dynos', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    return sendList(request, reply, runtime.dynos(app), attributes, (dyno) => dynoBody(app, dyno))
  })
  server.get<DynoRoute>('/apps/:app/dynos/:dyno', async (request) => {
    const app = requireApp(store, request.params.app)
    return dynoBody(app, requireDyno(plane, app, request.params.dyno))
  })
  server.post<AppRoute>('/apps/:app/dynos', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    const dyno = await runOneOff(plane, app, createBody.parse(request.body))
    return await reply.code(201).send(dynoBody(app, dyno))
  })
  registerDynoActions(server, plane)
  registerTypeActions(server, plane)
}

function registerDynoActions(server: FastifyInstance, plane: ControlPlane): void {
  const { store, runtime } = plane
  server.delete<AppRoute>('/apps/:app/dynos', async (request, reply) => {
    await runtime.restart(requireApp(store, request.params.app), undefined)
    return accepted(reply)
  })
  server.delete<DynoRoute>('/apps/:app/dynos/:dyno', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    await runtime.restart(app, requireDyno(plane, app, request.params.dyno).name)
    return accepted(reply)
  })
  server.post<DynoRoute>('/apps/:app/dynos/:dyno/actions/stop', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    await runtime.stop(app, requireDyno(plane, app, request.params.dyno).name)
    return accepted(reply)
  })
}

function registerTypeActions(server: FastifyInstance, plane: ControlPlane): void {
  const { store, runtime } = plane
  server.delete<TypeRoute>('/apps/:app/formations/:type', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    await runtime.restart(app, requireType(app, request.params.type))
    return accepted(reply)
  })
  server.post<TypeRoute>('/apps/:app/formations/:type/actions/stop', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    await runtime.stop(app, requireType(app, request.params.type))
    return accepted(reply)
  })
}

function accepted(reply: FastifyReply): FastifyReply {
  return reply.code(202).send({})
}

function requireDyno(plane: ControlPlane, app: App, identity: string): DynoView {
  const dyno = plane.runtime.dynos(app).find(({ id, name }) => id === identity || name === identity)
  if (dyno === undefined) throw notFound('dyno')
  return dyno
}

function requireType(app: App, type: string): string {
  if (!(type in app.formation)) throw notFound('formation', `process type (${type})`)
  return type
}

async function runOneOff(
  plane: ControlPlane,
  app: App,
  given: z.infer<typeof createBody>,
): Promise<DynoView> {
  const release = plane.releases.current(app)
  if (release.slugId === null) throw apiError(409, 'conflict', 'The app has no code to run yet.')
  if (given.attach === true) {
    throw invalidParams('This server runs detached dynos only: ask for attach: false.')
  }
  const { dyno } = await plane.runtime.runOneOff(app, release, {
    command: given.command,
    type: given.type ?? 'run',
    env: given.env ?? {},
    ...(typeof given.size === 'string' ? { size: given.size } : {}),
    timeToLive: given.time_to_live ?? plane.durations.oneOffLimit,
  })
  return dyno
}
