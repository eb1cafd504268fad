import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { Complete } from './complete.ts'

export function accountBody(account: Account): Complete<Heroku.Account> {
  return {
    allow_tracking: false,
    beta: false,
    country_of_residence: null,
    created_at: account.createdAt,
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    email: account.email,
    federated: false,
    id: account.id,
    identity_provider: null,
    last_login: account.createdAt,
    name: 'Developer',
    sms_number: null,
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
