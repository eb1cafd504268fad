import type * as Heroku from '@heroku-cli/schema'
import type { Addon, App, Attachment } from '../model.ts'
import type { Store } from '../platform.ts'
import { findPostgresPlan } from '../postgres/plans.ts'
import { catalogueId, planBody, postgresServiceBody } from './plan.ts'
import type { Complete } from './complete.ts'

/** The add-on with its service and plan written out, as Accept-Expansion asks for; more than others need does no harm. */
export function addonBody(store: Store, addon: Addon): Complete<Heroku.AddOn> {
  const plan = findPostgresPlan(addon.plan)
  const app = appReference(store, addon.appId)
  return {
    actions: [] as unknown as Heroku.AddOn['actions'],
    addon_service: postgresServiceBody(),
    app,
    billed_price: plan === undefined ? null : { cents: plan.centsPerMonth, contract: false, unit: 'month' },
    billing_entity: { ...app, type: 'app' },
    config_vars: configVarNames(store, addon),
    created_at: addon.createdAt,
    id: addon.id,
    name: addon.name,
    plan: plan === undefined ? planReference(addon) : planBody(plan),
    provider_id: addon.id,
    provision_message: '',
    state: addon.state,
    updated_at: addon.updatedAt,
    web_url: null,
  }
}

/** The attachment with the plan and config vars that Accept-Inclusion asks for. */
export function attachmentBody(
  store: Store,
  attachment: Attachment,
  addon: Addon,
): Complete<Heroku.AddOnAttachment, { readonly config_vars: readonly string[] }> {
  return {
    addon: {
      app: appReference(store, addon.appId),
      id: addon.id,
      name: addon.name,
      plan: planReference(addon),
    } as Heroku.AddOnAttachment['addon'] & object,
    app: appReference(store, attachment.appId),
    config_vars: [`${attachment.name}_URL`],
    created_at: attachment.createdAt,
    id: attachment.id,
    log_input_url: null,
    name: attachment.name,
    namespace: null,
    updated_at: attachment.createdAt,
    web_url: null,
  }
}

/** The names of the config vars that hold the add-on's address on the app that pays for it. */
function configVarNames(store: Store, addon: Addon): string[] {
  return store
    .attachments()
    .filter(({ addonId, appId }) => addonId === addon.id && appId === addon.appId)
    .map(({ name }) => `${name}_URL`)
}

function planReference(addon: Addon): { id: string; name: string } {
  return { id: catalogueId(addon.plan), name: addon.plan }
}

function appReference(store: Store, appId: string): Pick<App, 'id' | 'name'> {
  return { id: appId, name: store.app(appId)?.name ?? '' }
}
