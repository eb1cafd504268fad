import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ControlPlane } from '../control-plane.ts'
import { notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App, DynoView } from '../model.ts'
import { dynoBody } from '../representation/dyno.ts'
import { requireApp, type AppRoute } from './identity.ts'
import { oneOffBody, startOneOff } from './one-off-dyno.ts'

interface DynoRoute {
  Params: { app: string; dyno: string }
}
interface TypeRoute {
  Params: { app: string; type: string }
}

const attributes = { name: (dyno: DynoView) => dyno.name, id: (dyno: DynoView) => dyno.id }

/** Dynos: list, info, one-off, restart, stop. */
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
    const dyno = await startOneOff(plane, app, oneOffBody.parse(request.body))
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
