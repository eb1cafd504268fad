import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'

export function accountBody(account: Account): Heroku.Account {
  return {
    allow_tracking: false,
    beta: false,
    created_at: account.createdAt,
    default_team: null,
    email: account.email,
    federated: false,
    id: account.id,
    last_login: account.createdAt,
    name: 'Developer',
    suspended_at: null,
    two_factor_authentication: false,
    updated_at: account.createdAt,
    verified: true,
  }
}

/** The account as other resources name it. */
export function userReference(account: Account): { id: string; email: string } {
  return { id: account.id, email: account.email }
}
