import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireApp, type AppRoute } from '../api/identity.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { Attachment } from '../model.ts'
import type { Platform } from '../platform.ts'
import { attachmentBody } from '../representation/addon.ts'
import { addAttachment, detach, publishAttachment } from './attach.ts'
import { attachmentsOf, colorName } from './attachment-name.ts'
import { addonOf, findAddons, findAttachments, requireAttachment } from './identity.ts'
import { freeAttachmentName } from './replace-attachment.ts'
import { attachmentName, optionalText, reference } from './request-parts.ts'

const createBody = z.object({
  addon: reference,
  app: reference,
  name: attachmentName.nullish(),
  confirm: optionalText,
})
const resolveBody = z.object({
  addon_attachment: z.string(),
  app: optionalText,
  addon_service: optionalText,
})

const attributes = {
  created_at: (attachment: Attachment) => attachment.createdAt,
  id: (attachment: Attachment) => attachment.id,
  name: (attachment: Attachment) => attachment.name,
}

/** Attachments: list, find, create (with Heroku's rule of confirmation), delete. */
export function registerAttachments(server: FastifyInstance, platform: Platform): void {
  const { store } = platform
  const body = (attachment: Attachment) => attachmentBody(store, attachment, addonOf(store, attachment))
  const list = (request: FastifyRequest, reply: FastifyReply, attachments: readonly Attachment[]) =>
    sendList(request, reply, attachments, attributes, body)

  server.get('/addon-attachments', async (request, reply) => list(request, reply, store.attachments()))
  server.get<{ Params: { id: string } }>('/addon-attachments/:id', async ({ params }) =>
    body(requireAttachment(store, params.id)),
  )
  server.get<AppRoute>('/apps/:app/addon-attachments', async (request, reply) =>
    list(request, reply, attachmentsOf(store, requireApp(store, request.params.app))),
  )
  server.get<{ Params: { app: string; id: string } }>(
    '/apps/:app/addon-attachments/:id',
    async ({ params }) => body(requireAttachment(store, params.id, requireApp(store, params.app))),
  )
  server.post('/addon-attachments', async (request, reply) => {
    const attachment = createAttachment(platform, createBody.parse(request.body))
    return await reply.code(201).send(body(attachment))
  })
  server.delete<{ Params: { id: string } }>('/addon-attachments/:id', async ({ params }) => {
    const attachment = requireAttachment(store, params.id)
    const answer = body(attachment)
    detach(platform, requireApp(store, attachment.appId), addonOf(store, attachment), attachment)
    return answer
  })
  server.post('/actions/addon-attachments/resolve', async (request) => {
    const { addon_attachment: text, app, addon_service: service } = resolveBody.parse(request.body)
    const found = findAttachments(store, text, app === undefined ? undefined : requireApp(store, app))
    const matching = found.filter((each) => service === undefined || addonOf(store, each).service === service)
    if (matching.length === 0) throw notFound('add_on attachment', 'add-on attachment')
    return matching.map(body)
  })
}

function createAttachment(platform: Platform, given: z.infer<typeof createBody>): Attachment {
  const { store } = platform
  const app = requireApp(store, given.app)
  const [addon] = findAddons(store, given.addon, app)
  if (addon === undefined) throw notFound('add_on', 'add-on')
  const taken = attachmentsOf(store, app)
  const name = given.name ?? colorName(new Set(taken.map((each) => each.name)))
  if (taken.some((each) => each.name === name && each.addonId === addon.id))
    throw invalidParams(`Add-on ${addon.name} is already attached to ${app.name} as ${name}.`)
  freeAttachmentName(platform, app, name, given.confirm, 400)
  if (`${name}_URL` in app.configVars)
    throw invalidParams(`Config var ${name}_URL is already set on ${app.name}.`)
  const attachment = addAttachment(platform, app, addon, name)
  // While the database is being made, its config vars wait for it.
  if (addon.state === 'provisioned') publishAttachment(platform, app, addon, attachment)
  return attachment
}
