import type { App } from '../model.ts'
import type { Store } from '../platform.ts'

type ConfigVars = Readonly<Record<string, string>>

/** The config vars that belong to the app's attachments: only they change them. */
export function ownedConfigVars(store: Store, app: App): ReadonlySet<string> {
  return new Set(
    store
      .attachments()
      .filter((attachment) => attachment.appId === app.id)
      .map((attachment) => `${attachment.name}_URL`),
  )
}

/** The config vars of an old release as they come back: the values of `owned` ones stay as they are now. */
export function restoredConfigVars(
  then: ConfigVars,
  now: ConfigVars,
  owned: ReadonlySet<string>,
): ConfigVars {
  const pick = (vars: ConfigVars, wanted: (name: string) => boolean) =>
    Object.entries(vars).filter(([name]) => wanted(name))
  return Object.fromEntries([
    ...pick(then, (name) => !owned.has(name)),
    ...pick(now, (name) => owned.has(name)),
  ])
}
