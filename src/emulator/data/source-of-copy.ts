import { invalidParams } from '../http/errors.ts'
import type { Addon, App } from '../model.ts'
import type { Databases, Platform, Store } from '../platform.ts'
import type { PostgresPlan } from '../postgres/plans.ts'
import { findAddons } from './identity.ts'

/** The add-on whose contents a new database starts with (`fork` or `follow`), or undefined for an empty one; throws 422. */
export async function sourceOfCopy(
  platform: Platform,
  app: App,
  plan: PostgresPlan,
  config: Readonly<Record<string, unknown>>,
): Promise<Addon | undefined> {
  const unknown = Object.keys(config).find((key) => !['fork', 'follow', 'version'].includes(key))
  if (unknown !== undefined) throw invalidParams(`The option "${unknown}" is not supported here.`)
  if (config['version'] !== undefined) await requireVersion(platform.databases, config['version'])
  const wanted = config['fork'] ?? config['follow']
  if (wanted === undefined) return undefined
  if (!plan.forks) throw invalidParams(`A ${plan.humanName} database cannot be a fork or a follower.`)
  const from =
    typeof wanted === 'string' ? findSource(platform.store, platform.databases, app, wanted) : undefined
  if (from?.state !== 'provisioned') throw invalidParams('The database to copy could not be found.')
  return from
}

async function requireVersion(databases: Databases, wanted: unknown): Promise<void> {
  const [major] = (await databases.version()).split('.')
  if (String(wanted) !== major)
    throw invalidParams(`Postgres version ${String(wanted)} is not available; ${major} is.`)
}

function findSource(store: Store, databases: Databases, app: App, wanted: string): Addon | undefined {
  return findByUrl(store, databases, wanted) ?? findAddons(store, wanted, app)[0]
}

/** The add-on that a database URL leads to: same host, port and database. */
export function findByUrl(store: Store, databases: Databases, url: string): Addon | undefined {
  const place = placeOf(url)
  if (place === undefined) return undefined
  return store.addons().find((addon) => addon.database !== null && placeOf(databases.url(addon)) === place)
}

function placeOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { hostname, port, pathname } = new URL(url)
  return `${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port}${pathname}`
}
