import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App, Formation } from '../model.ts'
import { currentRelease, slugOf } from '../releases/process-types.ts'
import { formationBody } from '../representation/formation.ts'
import { requireApp, type AppRoute } from './identity.ts'

interface FormationRoute {
  Params: { app: string; type: string }
}

const change = z.object({
  quantity: z
    .union([z.number().int(), z.string().regex(/^[+-]?\d+$/, 'must be a number, +n or -n')])
    .optional(),
  size: z.string().min(1).optional(),
  dyno_size: z.union([z.string(), z.object({ name: z.string() })]).optional(),
})
const batch = z.object({ updates: z.array(change.extend({ type: z.string() })) })

type Change = z.infer<typeof change>

/** The quantity that a client asked for: 2, "2", or "+1" and "-1" from what is. */
export function wantedQuantity(present: number, asked: number | string | undefined): number {
  if (asked === undefined) return present
  const relative = typeof asked === 'string' && /^[+-]/.test(asked)
  const quantity = relative ? present + Number(asked) : Number(asked)
  if (quantity < 0) throw invalidParams('Quantity must not be negative.')
  return quantity
}

/** The formation: how many dynos of each process type. */
export function registerFormation(server: FastifyInstance, plane: ControlPlane): void {
  server.get<AppRoute>('/apps/:app/formation', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    const attributes = {
      type: ([type]: [string, Formation]) => type,
      id: ([, { id }]: [string, Formation]) => id,
    }
    return sendList(request, reply, Object.entries(app.formation), attributes, ([type]) => body(app, type))
  })
  server.patch<AppRoute>('/apps/:app/formation', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const updates = batch
      .parse(request.body)
      .updates.map((update) => ({ ...update, type: typeOf(app, update.type) }))
    await scale(plane, app, updates)
    return updates.map(({ type }) => body(app, type))
  })
  server.get<FormationRoute>('/apps/:app/formation/:type', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    return body(app, typeOf(app, request.params.type))
  })
  server.patch<FormationRoute>('/apps/:app/formation/:type', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const type = typeOf(app, request.params.type)
    await scale(plane, app, [{ ...change.parse(request.body ?? {}), type }])
    return body(app, type)
  })
}

/** The process type by its name or the id of its formation; throws 404. */
function typeOf(app: App, identity: string): string {
  const found = Object.entries(app.formation).find(([type, { id }]) => type === identity || id === identity)
  if (found === undefined) throw notFound('formation', `process type (${identity})`)
  return found[0]
}

function formationOf(app: App, type: string): Formation {
  const formation = app.formation[type]
  if (formation === undefined) throw notFound('formation')
  return formation
}

async function scale(
  plane: ControlPlane,
  app: App,
  updates: readonly (Change & { readonly type: string })[],
): Promise<void> {
  const wanted = updates.map((update) => {
    const formation = formationOf(app, update.type)
    const size =
      update.size ?? (typeof update.dyno_size === 'string' ? update.dyno_size : update.dyno_size?.name)
    const quantity = wantedQuantity(formation.quantity, update.quantity)
    if (update.type === 'release' && quantity > 0)
      throw invalidParams('The release process type cannot be scaled.')
    return { formation, quantity, size: size ?? formation.size }
  })
  for (const { formation, quantity, size } of wanted) {
    Object.assign(formation, { quantity, size, updatedAt: plane.clock.now() })
  }
  plane.store.saveApp(app)
  const scaled = updates.map(({ type }) => `${type}=${formationOf(app, type).quantity}`).join(' ')
  plane.logs.write(app.id, 'app', 'api', `Scaled to ${scaled} by user ${plane.account.email}`)
  await plane.runtime.apply(app, 'formation')
}

function body(app: App, type: string) {
  const command = slugOf(app, currentRelease(app))?.processTypes[type] ?? ''
  return formationBody(app, type, formationOf(app, type), command)
}
