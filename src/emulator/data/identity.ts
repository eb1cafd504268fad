import { notFound } from '../http/errors.ts'
import type { Addon, App, Attachment } from '../model.ts'
import type { Store } from '../platform.ts'
import { attachmentsOf, namesAttachment } from './attachment-name.ts'

/** The add-on by id or name; throws 404. */
export function requireAddon(store: Store, identity: string): Addon {
  const addon = store.addons().find(({ id, name }) => id === identity || name === identity)
  if (addon === undefined) throw notFound('add_on', 'add-on')
  return addon
}

/** An attachment's add-on. */
export function addonOf(store: Store, attachment: Attachment): Addon {
  return requireAddon(store, attachment.addonId)
}

/** The attachment of any app by id, or of one app by its name; throws 404. */
export function requireAttachment(store: Store, identity: string, app?: App): Attachment {
  const candidates = app === undefined ? store.attachments() : attachmentsOf(store, app)
  const attachment = candidates.find(
    (each) => each.id === identity || (app !== undefined && namesAttachment(identity, each)),
  )
  if (attachment === undefined) throw notFound('add_on attachment', 'add-on attachment')
  return attachment
}

/** What a person means by `text` on an app: an attachment's name or id, or else an add-on's, with all its attachments there. */
export function findAttachments(store: Store, text: string, app: App | undefined): readonly Attachment[] {
  const candidates = app === undefined ? store.attachments() : attachmentsOf(store, app)
  const named = candidates.filter(
    (each) => each.id === text || (app !== undefined && namesAttachment(text, each)),
  )
  if (named.length > 0) return named
  const addon = store.addons().find(({ id, name }) => id === text || name === text)
  return candidates.filter(({ addonId }) => addonId === addon?.id)
}

/** The add-ons that a person may mean: by id or name anywhere, by attachment on the app. */
export function findAddons(store: Store, text: string, app: App | undefined): readonly Addon[] {
  const direct = store.addons().filter(({ id, name }) => id === text || name === text)
  if (direct.length > 0 || app === undefined) return direct
  const ids = new Set(findAttachments(store, text, app).map(({ addonId }) => addonId))
  return store.addons().filter(({ id }) => ids.has(id))
}
