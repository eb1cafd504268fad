import type * as Heroku from '@heroku-cli/schema'
import type { App, DynoView } from '../model.ts'
import { appReference } from './app.ts'
import type { Complete } from './complete.ts'

export function dynoBody(app: App, dyno: DynoView): Complete<Heroku.Dyno> {
  return {
    app: appReference(app),
    attach_url: dyno.attachUrl,
    command: dyno.command,
    created_at: dyno.createdAt,
    id: dyno.id,
    name: dyno.name,
    release: { id: dyno.releaseId, version: dyno.releaseVersion },
    size: dyno.size,
    state: dyno.state,
    type: dyno.type,
    updated_at: dyno.updatedAt,
  }
}
