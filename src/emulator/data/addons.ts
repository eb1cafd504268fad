import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireApp, type AppRoute } from '../api/identity.ts'
import { apiError, invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { Addon, App } from '../model.ts'
import type { Platform } from '../platform.ts'
import { findPostgresPlan } from '../postgres/plans.ts'
import { addonBody, attachmentBody } from '../representation/addon.ts'
import { planName } from '../representation/plan.ts'
import { addAttachment, detach } from './attach.ts'
import { attachmentsOf, defaultName } from './attachment-name.ts'
import { registerAttachments } from './attachments.ts'
import { createBackground, type Background } from './background.ts'
import { findAddons, requireAddon } from './identity.ts'
import { registerPlans } from './plan-routes.ts'
import { newAddon, provision, resumeProvisioning } from './provisioning.ts'
import { freeAttachmentName } from './replace-attachment.ts'
import { attachmentName, optionalText, reference } from './request-parts.ts'
import { sourceOfCopy } from './source-of-copy.ts'

const createBody = z.object({
  plan: reference,
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]+$/, 'an add-on name has small letters, digits and -')
    .nullish()
    .transform((name) => name ?? undefined),
  attachment: z.object({ name: attachmentName.nullish() }).nullish(),
  config: z.record(z.string(), z.unknown()).nullish(),
  confirm: optionalText,
})
const resolveBody = z.object({
  addon: z.string(),
  app: optionalText,
  addon_service: optionalText,
})

const attributes = {
  created_at: (addon: Addon) => addon.createdAt,
  id: (addon: Addon) => addon.id,
  name: (addon: Addon) => addon.name,
}

/** Add-ons, their attachments, and the plans to choose from. */
export function registerAddons(server: FastifyInstance, platform: Platform): void {
  const { store } = platform
  const background = createBackground(server)
  const list = (request: FastifyRequest, reply: FastifyReply, addons: readonly Addon[]) =>
    sendList(request, reply, addons, attributes, (addon) => addonBody(store, addon))

  server.get('/addons', async (request, reply) => list(request, reply, store.addons()))
  server.get<{ Params: { addon: string } }>('/addons/:addon', async ({ params }) =>
    addonBody(store, requireAddon(store, params.addon)),
  )
  server.post('/actions/addons/resolve', async ({ body }) => {
    const { addon, app, addon_service: service } = resolveBody.parse(body)
    const found = findAddons(store, addon, app === undefined ? undefined : requireApp(store, app))
    const matching = found.filter((each) => service === undefined || each.service === service)
    if (matching.length === 0) throw notFound('add_on', 'add-on')
    return matching.map((each) => addonBody(store, each))
  })
  registerAppAddons(server, platform, background, list)
  registerAttachments(server, platform)
  registerPlans(server)
  // Not before: a server that finds its port taken is dropped and made again.
  server.addHook('onListen', async () => resumeProvisioning(platform, background))
}

type SendAddons = (request: FastifyRequest, reply: FastifyReply, addons: readonly Addon[]) => FastifyReply
type AddonRoute = { Params: { app: string; addon: string } }

function registerAppAddons(
  server: FastifyInstance,
  platform: Platform,
  background: Background,
  list: SendAddons,
): void {
  const { store } = platform
  server.get<AppRoute>('/apps/:app/addons', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    const attached = new Set(attachmentsOf(store, app).map(({ addonId }) => addonId))
    const shown = store.addons().filter(({ id, appId }) => appId === app.id || attached.has(id))
    return list(request, reply, shown)
  })
  server.post<AppRoute>('/apps/:app/addons', async (request, reply) => {
    const app = requireApp(store, request.params.app)
    const addon = await createAddon(platform, background, app, createBody.parse(request.body))
    return await reply.code(201).send(addonBody(store, addon))
  })
  server.get<AddonRoute>('/apps/:app/addons/:addon', async ({ params }) =>
    addonBody(store, requireAppAddon(platform, requireApp(store, params.app), params.addon)),
  )
  server.delete<AddonRoute>('/apps/:app/addons/:addon', async ({ params }) => {
    const app = requireApp(store, params.app)
    return await destroyAddon(platform, requireAppAddon(platform, app, params.addon))
  })
  server.get<AddonRoute>('/addons/:addon/addon-attachments', async ({ params }) => {
    const addon = requireAddon(store, params.addon)
    return store
      .attachments()
      .filter(({ addonId }) => addonId === addon.id)
      .map((attachment) => attachmentBody(store, attachment, addon))
  })
}

function requireAppAddon({ store }: Platform, app: App, identity: string): Addon {
  const [addon] = findAddons(store, identity, app)
  const attached = attachmentsOf(store, app).some(({ addonId }) => addonId === addon?.id)
  if (addon === undefined || (addon.appId !== app.id && !attached)) throw notFound('add_on', 'add-on')
  return addon
}

async function createAddon(
  platform: Platform,
  background: Background,
  app: App,
  given: z.infer<typeof createBody>,
): Promise<Addon> {
  const { store, clock } = platform
  const plan = findPostgresPlan(given.plan)
  if (plan === undefined)
    throw apiError(
      404,
      'not_found',
      `Couldn't find either the add-on service or the add-on plan of "${given.plan}".`,
    )
  const from = await sourceOfCopy(platform, app, plan, given.config ?? {})
  const name = given.attachment?.name ?? defaultName(store, app)
  if (given.name !== undefined && store.addons().some((each) => each.name === given.name))
    throw invalidParams(`Add-on name ${given.name} is already taken.`)
  freeAttachmentName(platform, app, name, given.confirm, 423)
  if (`${name}_URL` in app.configVars)
    throw invalidParams(`Config var ${name}_URL is already set on ${app.name}.`)
  const addon = newAddon(app, planName(plan), given.name, clock.now())
  store.saveAddon(addon)
  addAttachment(platform, app, addon, name)
  provision(platform, background, addon, from)
  return addon
}

/** Detaches the add-on everywhere and removes its database. */
export async function destroyAddon(platform: Platform, addon: Addon) {
  const { store } = platform
  addon.state = 'deprovisioned'
  addon.updatedAt = platform.clock.now()
  const answer = addonBody(store, addon)
  store.removeAddon(addon)
  for (const attachment of store.attachments().filter(({ addonId }) => addonId === addon.id)) {
    const app = store.app(attachment.appId)
    if (app === undefined) store.removeAttachment(attachment)
    else detach(platform, app, addon, attachment)
  }
  await platform.databases.remove(addon)
  return answer
}
