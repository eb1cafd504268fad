import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams } from '../http/errors.ts'
import { ownedConfigVars } from '../releases/owned-config.ts'
import { requireApp, requireRelease, type AppRoute } from './identity.ts'

const changes = z.record(
  z.string().regex(/^\w+$/, 'a config var has letters, digits and underscores'),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
)

interface ConfigChange {
  readonly configVars: Record<string, string>
  readonly set: readonly string[]
  readonly removed: readonly string[]
}

/** What a PATCH really changes. */
export function changeConfigVars(
  present: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | number | boolean | null>>,
): ConfigChange {
  const configVars = new Map(Object.entries(present))
  const set: string[] = []
  const removed: string[] = []
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      if (configVars.delete(name)) removed.push(name)
    } else if (configVars.get(name) !== String(value)) {
      configVars.set(name, String(value))
      set.push(name)
    }
  }
  return { configVars: Object.fromEntries(configVars), set, removed }
}

/** The description of the release that a change makes. */
export function describeChange({ set, removed }: Pick<ConfigChange, 'set' | 'removed'>): string {
  const parts = [
    ...(set.length === 0 ? [] : [`Set ${set.join(', ')}`]),
    ...(removed.length === 0 ? [] : [`${set.length === 0 ? 'Remove' : 'remove'} ${removed.join(', ')}`]),
  ]
  return `${parts.join(' and ')} config vars`
}

/** Config vars: read, change (one release per change), and those of a release. */
export function registerConfigVars(server: FastifyInstance, plane: ControlPlane): void {
  server.get<AppRoute>('/apps/:app/config-vars', async (request) => {
    return requireApp(plane.store, request.params.app).configVars
  })
  server.get<{ Params: { app: string; release: string } }>(
    '/apps/:app/releases/:release/config-vars',
    async (request) => {
      return requireRelease(requireApp(plane.store, request.params.app), request.params.release).configVars
    },
  )
  server.patch<AppRoute>('/apps/:app/config-vars', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const patch = changes.parse(request.body ?? {})
    if (plane.assumptions.ownedConfigVarsProtected) refuseOwned(patch, ownedConfigVars(plane.store, app))
    const change = changeConfigVars(app.configVars, patch)
    const something = change.set.length + change.removed.length > 0
    if (something || plane.assumptions.noOpConfigChangeReleases) {
      app.configVars = change.configVars
      const told = something ? change : { set: Object.keys(patch), removed: [] }
      plane.releases.create(app, { description: describeChange(told) })
    }
    return app.configVars
  })
}

function refuseOwned(patch: z.infer<typeof changes>, owned: ReadonlySet<string>): void {
  const forbidden = Object.keys(patch).find((name) => owned.has(name))
  if (forbidden === undefined) return
  const verb = patch[forbidden] === null ? 'destroy' : 'overwrite'
  throw invalidParams(`Cannot ${verb} attachment values ${forbidden}`)
}
