import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { appNamePattern, randomAppName } from '../app-names.ts'
import { slugDirectory } from '../build/slug-directory.ts'
import type { ControlPlane } from '../control-plane.ts'
import { destroyAddon } from '../data/addons.ts'
import { invalidParams } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App } from '../model.ts'
import { newApp } from '../new-app.ts'
import { appBody, platformDomain } from '../representation/app.ts'
import { requireApp, type AppRoute } from './identity.ts'

const appName = z
  .string()
  .regex(
    appNamePattern,
    'must start with a letter, end with a letter or digit and have 3 to 30 of a-z, 0-9 and -',
  )
const createBody = z.object({ name: appName.nullish(), stack: z.string().nullish() }).nullish()
const updateBody = z
  .object({
    name: appName.optional(),
    maintenance: z.boolean().optional(),
    build_stack: z.string().optional(),
  })
  .nullish()
const filterBody = z.object({ in: z.object({ id: z.array(z.string()) }) })

const attributes = {
  name: (app: App) => app.name,
  id: (app: App) => app.id,
  updated_at: (app: App) => app.updatedAt,
}

/** Apps: create, info, list, update, delete, filter. */
export function registerApps(server: FastifyInstance, plane: ControlPlane): void {
  registerAppLists(server, plane)
  registerAppChanges(server, plane)
}

function registerAppLists(server: FastifyInstance, plane: ControlPlane): void {
  const body = (app: App) => appBody(app, plane.account, plane.baseUrl)
  for (const path of ['/apps', '/users/:user/apps']) {
    server.get(path, async (request, reply) => sendList(request, reply, plane.store.apps(), attributes, body))
  }
  server.post('/filters/apps', async (request, reply) => {
    const wanted = new Set(filterBody.parse(request.body).in.id)
    const apps = plane.store.apps().filter((app) => wanted.has(app.id))
    return sendList(request, reply, apps, attributes, body)
  })
  server.get<AppRoute>('/apps/:app', async (request) => body(requireApp(plane.store, request.params.app)))
  server.get<AppRoute>('/apps/:app/domains', async (request) => {
    return [platformDomain(requireApp(plane.store, request.params.app))]
  })
}

function registerAppChanges(server: FastifyInstance, plane: ControlPlane): void {
  const body = (app: App) => appBody(app, plane.account, plane.baseUrl)
  server.post('/apps', async (request, reply) => {
    const given = createBody.parse(request.body)
    return await reply
      .code(201)
      .send(body(await createApp(plane, given?.name ?? randomAppName(), given?.stack)))
  })
  server.patch<AppRoute>('/apps/:app', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const { name, maintenance, build_stack: stack } = updateBody.parse(request.body) ?? {}
    if (name !== undefined && name !== app.name) app.name = freeName(plane, name)
    if (maintenance !== undefined) app.maintenance = maintenance
    if (stack !== undefined) app.stack = stack
    app.updatedAt = plane.clock.now()
    plane.store.saveApp(app)
    return body(app)
  })
  server.delete<AppRoute>('/apps/:app', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const answer = body(app)
    await destroyApp(plane, app)
    return answer
  })
}

function freeName(plane: ControlPlane, name: string): string {
  if (plane.store.app(name) !== undefined) throw invalidParams(`Name ${name} is already taken`)
  return name
}

async function createApp(plane: ControlPlane, name: string, stack: string | null = null): Promise<App> {
  const now = plane.clock.now()
  const app = newApp(freeName(plane, name), now, stack ?? undefined)
  plane.store.saveApp(app)
  plane.releases.create(app, { description: 'Initial release' })
  plane.releases.create(app, { description: 'Enable Logplex' })
  await plane.runtime.openRouter(app)
  plane.store.saveApp(app)
  return app
}

/** Stops the app's processes, then removes what is its own: add-ons that it pays for, repository, slugs that no other app runs. */
async function destroyApp(plane: ControlPlane, app: App): Promise<void> {
  const { store } = plane
  store.removeApp(app)
  for (const build of app.builds) plane.builds.cancel(build)
  await plane.runtime.removeApp(app)
  for (const addon of store.addons().filter(({ appId }) => appId === app.id)) await destroyAddon(plane, addon)
  for (const attachment of store.attachments().filter(({ appId }) => appId === app.id)) {
    store.removeAttachment(attachment)
  }
  await plane.repositories.remove(app)
  const promoted = new Set(store.apps().flatMap(({ slugs }) => slugs.map(({ id }) => id)))
  for (const slug of app.slugs.filter(({ id }) => !promoted.has(id)))
    await rm(path.dirname(slugDirectory(store, slug.id)), { recursive: true, force: true })
  await rm(path.join(store.directory, 'cache', app.id), { recursive: true, force: true })
}
