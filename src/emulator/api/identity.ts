import { notFound } from '../http/errors.ts'
import type { App, Release } from '../model.ts'
import type { Store } from '../platform.ts'

/** Routes below an app have its id or name in their path. */
export interface AppRoute {
  Params: { app: string }
}

/** The app by id or name; throws 404. */
export function requireApp(store: Store, identity: string): App {
  const app = store.app(identity)
  if (app === undefined) throw notFound('app')
  return app
}

/** The release by id or version; throws 404. */
export function requireRelease(app: App, identity: string): Release {
  const release = app.releases.find((each) => each.id === identity || String(each.version) === identity)
  if (release === undefined) throw notFound('release')
  return release
}
