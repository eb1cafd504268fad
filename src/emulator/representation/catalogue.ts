import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { App } from '../model.ts'
import { userReference } from './account.ts'
import { appReference, region } from './app.ts'
import type { Complete } from './complete.ts'
import { catalogueId } from './plan.ts'

/** When the catalogue was made; it never changes. */
const madeAt = '2026-01-01T00:00:00Z'

/** The one region there is. */
export function regionBody(): Complete<Heroku.Region> {
  return {
    country: 'United States',
    created_at: madeAt,
    description: 'United States',
    id: region.id,
    locale: 'Virginia',
    name: region.name,
    private_capable: false,
    provider: { name: 'amazon-web-services', region: 'us-east-1' },
    updated_at: madeAt,
  }
}

export function stackBody(name: string, isDefault: boolean): Complete<Heroku.Stack> {
  return {
    created_at: madeAt,
    default: isDefault,
    id: catalogueId(`stack ${name}`),
    name,
    state: 'public',
    updated_at: madeAt,
  }
}

/** The owner, who is every app's one collaborator. */
export function ownerBody(app: App, account: Account): Complete<Heroku.Collaborator> {
  return {
    app: appReference(app),
    created_at: app.createdAt,
    id: catalogueId(`owner of ${app.id}`),
    permissions: [],
    role: 'owner',
    updated_at: app.createdAt,
    user: { ...userReference(account), federated: false },
  }
}
