import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { App } from '../model.ts'
import { currentRelease, slugOf } from '../releases/process-types.ts'
import { userReference } from './account.ts'
import type { Complete } from './complete.ts'

export const region = { id: '59accabd-516d-4f0e-83e6-6e3757701145', name: 'us' }
const stackId = '7e04461d-ec81-4bdd-8b37-b69b320a9f83'

const buildpackTitles: Readonly<Record<string, string>> = { 'heroku/nodejs': 'Node.js' }

/** `baseUrl`: of the emulator, which serves the app's git. */
export function appBody(
  app: App,
  account: Account,
  baseUrl: string,
): Complete<Heroku.App, { readonly generation: { readonly id: null; readonly name: string } }> {
  const slug = slugOf(app, currentRelease(app))
  const stack = { id: stackId, name: app.stack }
  return {
    acm: false,
    archived_at: null,
    build_stack: stack,
    buildpack_provided_description:
      slug === undefined ? null : (buildpackTitles[slug.buildpack] ?? slug.buildpack),
    created_at: app.createdAt,
    generation: { id: null, name: 'cedar' },
    git_url: `${baseUrl}/${app.name}.git`,
    id: app.id,
    internal_routing: null,
    maintenance: app.maintenance,
    name: app.name,
    organization: null,
    owner: userReference(account),
    region,
    released_at: app.releasedAt,
    repo_size: null,
    slug_size: slug?.sizeBytes ?? null,
    space: null,
    stack,
    team: null,
    updated_at: app.updatedAt,
    web_url: `http://127.0.0.1:${app.routerPort}/`,
  }
}

/** The domain that every app has from the platform: its router's address. */
export function platformDomain(app: App): Complete<Heroku.Domain> {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: appReference(app),
    cname: null,
    created_at: app.createdAt,
    hostname: `127.0.0.1:${app.routerPort}`,
    id: app.id,
    kind: 'heroku',
    sni_endpoint: null,
    status: 'none',
    updated_at: app.createdAt,
  }
}

/** The app as other resources name it. */
export function appReference(app: App): { id: string; name: string } {
  return { id: app.id, name: app.name }
}
