import { apiError } from '../http/errors.ts'
import type { App } from '../model.ts'
import type { Platform } from '../platform.ts'
import { detach } from './attach.ts'
import { attachmentsOf } from './attachment-name.ts'
import { addonOf } from './identity.ts'

/**
 * Makes a name free on an app: detaches what has it, when the request confirms that with the app's name; throws otherwise,
 * with the status that Heroku uses for the request. A name that nothing has is free already.
 */
export function freeAttachmentName(
  platform: Platform,
  app: App,
  name: string,
  confirm: string | undefined,
  status: 400 | 423,
): void {
  const present = attachmentsOf(platform.store, app).find((each) => each.name === name)
  if (present === undefined) return
  if (confirm !== app.name) {
    const message = `${name} is already attached to ${app.name}: confirm with the name of the app to replace it.`
    throw apiError(status, 'confirmation_required', message)
  }
  detach(platform, app, addonOf(platform.store, present), present)
}
