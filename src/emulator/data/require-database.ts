import { notFound } from '../http/errors.ts'
import type { Addon } from '../model.ts'
import type { Store } from '../platform.ts'
import { requireAddon } from './identity.ts'

/** Routes below a database have its add-on's id or name in their path. */
export interface DatabaseRoute {
  Params: { db: string }
}

/** The add-on of a database that can be used; throws 404 while it is being made, as Heroku does. */
export function requireDatabase(store: Store, identity: string): Addon {
  const addon = requireAddon(store, identity)
  if (addon.database === null || addon.state !== 'provisioned') throw notFound('database')
  return addon
}
