import type { App } from '../model.ts'
import type { Runtime } from '../platform.ts'
import { createAppDynos, type AppDynos } from './app-dynos.ts'
import { createOneOffs, type OneOffs } from './one-offs.ts'
import { createRouter, type Router } from './router/router.ts'
import type { RuntimeParts } from './runtime-parts.ts'

interface RunningApp {
  readonly dynos: AppDynos
  readonly oneOffs: OneOffs
  readonly router: Router
}

/**
 * Dynos as real processes behind a real router per app. Nothing runs until openRouter or apply is called for an app, and
 * nothing starts any more for an app that the store has forgotten, or after close(): a release may still settle then.
 */
export function createRuntime(parts: RuntimeParts): Runtime {
  const apps = new Map<string, RunningApp>()
  let closed = false
  const ended = (app: App) => closed || parts.store.app(app.id) === undefined

  function running(app: App): RunningApp {
    const found = apps.get(app.id) ?? createRunningApp(app, parts)
    apps.set(app.id, found)
    return found
  }

  return {
    async openRouter(app) {
      if (closed) return
      const port = await running(app).router.open()
      if (port === app.routerPort) return
      app.routerPort = port
      parts.store.saveApp(app)
    },
    async apply(app, reason) {
      if (ended(app)) return
      const { dynos } = running(app)
      if (reason === 'release') dynos.release()
      else dynos.scale()
    },
    async restart(app, which) {
      if (!ended(app)) restart(running(app), which)
    },
    // On Heroku's Common Runtime the manager starts a stopped dyno of the formation again: the same thing as a restart.
    async stop(app, which) {
      if (!ended(app)) restart(running(app), which)
    },
    dynos(app) {
      const found = apps.get(app.id)
      return found === undefined ? [] : [...found.dynos.listed(), ...found.oneOffs.listed()]
    },
    async runOneOff(app, release, options) {
      if (ended(app)) throw new Error(`${app.name} runs no more dynos: it was removed, or the emulator ends`)
      return running(app).oneOffs.run(release, options)
    },
    kill(app, dynoName, what) {
      const found = apps.get(app.id)
      return (found?.oneOffs.find(dynoName) ?? found?.dynos.find(dynoName))?.kill(what) ?? false
    },
    async removeApp(app) {
      const found = apps.get(app.id)
      apps.delete(app.id)
      if (found !== undefined) await stopApp(found)
    },
    async close() {
      closed = true
      await Promise.all([...apps.values()].map(stopApp))
      apps.clear()
    },
  }
}

function createRunningApp(app: App, parts: RuntimeParts): RunningApp {
  const dynos = createAppDynos(app, parts, () => router.refresh())
  const router = createRouter(app, parts, dynos.routes)
  return { dynos, oneOffs: createOneOffs(app, parts), router }
}

function restart({ dynos, oneOffs }: RunningApp, which: string | undefined): void {
  // A restart of everything means the formation.
  if (which !== undefined) oneOffs.stop(which)
  dynos.restart(which)
}

async function stopApp({ dynos, oneOffs, router }: RunningApp): Promise<void> {
  await Promise.all([dynos.close(), oneOffs.close()])
  await router.close()
}
