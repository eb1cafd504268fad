import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { platformFaults } from '../faults.ts'
import { notFound } from '../http/errors.ts'
import { requireApp } from './identity.ts'

const count = z.number().int().nonnegative()
const httpFault = z.strictObject({
  method: z.string().optional(),
  path: z.string().refine(isPattern, 'is no regular expression'),
  times: count.optional(),
  skip: count.optional(),
  status: z.number().int().min(200).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delay: z.number().nonnegative().optional(),
  reset: z.literal(true).optional(),
  cut: count.optional(),
})
const platformFault = z.strictObject({
  fault: z.enum(platformFaults),
  app: z.string().nullish(),
  times: count.nullish(),
})
const killBody = z.object({
  app: z.string(),
  dyno: z.string(),
  what: z.enum(['group', 'parent']).default('group'),
})

/** The emulator's own addresses, which Heroku does not have: faults on demand, and what the platform did. */
export function registerAdmin(server: FastifyInstance, plane: ControlPlane): void {
  server.post('/_emulator/faults', async (request, reply) => {
    if (isPlatformFault(request.body)) {
      const { fault, app, times } = platformFault.parse(request.body)
      plane.faults.add({ fault, app: app ?? null, times: times ?? null })
      return await reply.code(201).send({})
    }
    return await reply.code(201).send({ id: plane.httpFaults.add(httpFault.parse(request.body)) })
  })
  server.get('/_emulator/faults', async () => ({
    http: plane.httpFaults.all(),
    platform: plane.faults.all(),
  }))
  server.delete('/_emulator/faults', async () => {
    plane.httpFaults.clear()
    plane.faults.clear()
    return {}
  })
  server.post('/_emulator/dynos/kill', async (request) => {
    const { app, dyno, what } = killBody.parse(request.body)
    if (!plane.runtime.kill(requireApp(plane.store, app), dyno, what)) throw notFound('dyno')
    return {}
  })
  server.post('/_emulator/postgres/stop', async () => {
    await plane.databases.stopServer()
    return {}
  })
  server.post('/_emulator/postgres/start', async () => {
    await plane.databases.startServer()
    return {}
  })
  server.get('/_emulator/operations', async () => plane.operations.all())
}

function isPlatformFault(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'fault' in body
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
