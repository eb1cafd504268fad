import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { Complete } from './complete.ts'
import { catalogueId } from './plan.ts'

/** A token as an authorization that never expires. */
export function authorizationBody(account: Account, token: string): Complete<Heroku.OAuthAuthorization> {
  const id = catalogueId(`authorization of ${account.id}`)
  return {
    access_token: { id, token, expires_in: null },
    client: null,
    created_at: account.createdAt,
    grant: null,
    id,
    refresh_token: null,
    scope: ['global'],
    updated_at: account.createdAt,
    user: { id: account.id, email: account.email, full_name: null },
  }
}
