import { createHash } from 'node:crypto'
import type * as Heroku from '@heroku-cli/schema'
import { postgresService, type PostgresPlan } from '../postgres/plans.ts'
import type { Complete } from './complete.ts'

/** When the catalogue was made; it never changes. */
const madeAt = '2026-01-01T00:00:00Z'

/** The add-on service that the emulator offers. */
export function postgresServiceBody(): Complete<Heroku.AddOnService> {
  return {
    cli_plugin_name: null,
    created_at: madeAt,
    human_name: 'Heroku Postgres',
    id: catalogueId(postgresService),
    name: postgresService,
    state: 'ga',
    supports_multiple_installations: true,
    supports_sharing: true,
    updated_at: madeAt,
  }
}

export function planBody(plan: PostgresPlan): Complete<Heroku.Plan> {
  const name = planName(plan)
  const { id, name: serviceName } = postgresServiceBody()
  return {
    addon_service: { id: id ?? '', name: serviceName ?? '' },
    compliance: null,
    created_at: madeAt,
    default: plan.tier === 'essential-0',
    description: `Heroku Postgres ${plan.humanName}`,
    human_name: plan.humanName,
    id: catalogueId(name),
    installable_inside_private_network: false,
    installable_outside_private_network: true,
    name,
    price: { cents: plan.centsPerMonth, contract: false, unit: 'month' },
    space_default: false,
    state: 'ga',
    updated_at: madeAt,
    visible: true,
  }
}

/** heroku-postgresql:standard-0 */
export function planName(plan: PostgresPlan): string {
  return `${postgresService}:${plan.tier}`
}

/** The same uuid for the same name in every emulator. */
export function catalogueId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
