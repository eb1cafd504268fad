import type { App } from '../model.ts'
import type { RuntimeParts } from './runtime-parts.ts'
import type { ScaledDyno } from './scaled-dyno.ts'

/** Records `boot`: from the start of the first of these web dynos until each is up or has failed once. */
export function recordBoot(parts: RuntimeParts, app: App, dynos: readonly ScaledDyno[]): void {
  if (dynos.length === 0) return
  void Promise.race(dynos.map((dyno) => dyno.launched)).then(async () => {
    const finish = parts.operations.start('boot', app.name)
    await Promise.all(dynos.map((dyno) => dyno.booted))
    finish()
  })
}

/** Records `stop`: until each of these dynos is gone. */
export function recordStop(parts: RuntimeParts, app: App, stops: readonly Promise<void>[]): void {
  const finish = parts.operations.start('stop', app.name)
  void Promise.all(stops).then(finish)
}
