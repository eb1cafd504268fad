import { defaultAssumptions } from '../assumptions.ts'
import type { App, Release } from '../model.ts'
import type { PlatformAssumptions, Releases, Store } from '../platform.ts'
import { invalidParams } from '../http/errors.ts'
import { slugOf } from './process-types.ts'
import { ownedConfigVars, restoredConfigVars } from './owned-config.ts'

/** Whether the app can be taken back to a release: it succeeded and its slug still exists. */
export function eligibleForRollback(app: App, release: Release): boolean {
  return release.status === 'succeeded' && slugOf(app, release) !== undefined
}

/** Makes a new release of an old one's slug and config vars; throws 422 when that one is not eligible. */
export function rollBack(
  store: Store,
  releases: Releases,
  app: App,
  to: Release,
  { rollbackKeepsOwnedValues }: Pick<PlatformAssumptions, 'rollbackKeepsOwnedValues'> = defaultAssumptions,
): ReturnType<Releases['create']> {
  if (!eligibleForRollback(app, to))
    throw invalidParams(`Cannot roll back to v${to.version}: it is not eligible.`)
  const kept = rollbackKeepsOwnedValues ? ownedConfigVars(store, app) : new Set<string>()
  const configVars = restoredConfigVars(to.configVars, app.configVars, kept)
  app.configVars = { ...configVars }
  return releases.create(app, { description: `Rollback to v${to.version}`, slugId: to.slugId, configVars })
}
