import { randomUUID } from 'node:crypto'
import type { Addon, App, Attachment } from '../model.ts'
import type { Platform } from '../platform.ts'

type AttachParts = Pick<Platform, 'store' | 'clock' | 'databases' | 'releases'>

/** Stores an attachment; its config var comes with publishAttachment, when the database can be used. */
export function addAttachment(parts: AttachParts, app: App, addon: Addon, name: string): Attachment {
  const attachment = {
    id: randomUUID(),
    name,
    addonId: addon.id,
    appId: app.id,
    createdAt: parts.clock.now(),
  }
  parts.store.saveAttachment(attachment)
  return attachment
}

/** Sets the attachment's config var and makes the release that says so. */
export function publishAttachment(parts: AttachParts, app: App, addon: Addon, attachment: Attachment): void {
  app.configVars = { ...app.configVars, [`${attachment.name}_URL`]: parts.databases.url(addon) }
  parts.store.saveApp(app)
  parts.releases.create(app, { description: `Attach ${attachment.name} (@ref:${addon.name})` })
}

/** Removes the attachment and its config var, with a release. */
export function detach(parts: AttachParts, app: App, addon: Addon, attachment: Attachment): void {
  parts.store.removeAttachment(attachment)
  const name = `${attachment.name}_URL`
  if (!(name in app.configVars)) return
  app.configVars = Object.fromEntries(Object.entries(app.configVars).filter(([each]) => each !== name))
  parts.store.saveApp(app)
  parts.releases.create(app, { description: `Detach ${attachment.name} (@ref:${addon.name})` })
}
