import type * as Heroku from '@heroku-cli/schema'
import type { App, Formation } from '../model.ts'
import { appReference } from './app.ts'
import type { Complete } from './complete.ts'

export function formationBody(
  app: App,
  type: string,
  formation: Formation,
  command: string,
): Complete<Heroku.Formation, { readonly dyno_size: { readonly name: string } }> {
  return {
    app: appReference(app),
    command,
    created_at: formation.createdAt,
    dyno_size: { name: formation.size },
    id: formation.id,
    quantity: formation.quantity,
    size: formation.size,
    type,
    updated_at: formation.updatedAt,
  }
}
