import { randomUUID } from 'node:crypto'
import type { App } from '../model.ts'
import type { Runtime } from '../platform.ts'
import { createAppDynos, type AppDynos } from './app-dynos.ts'
import { slugOf, type DynoPlan } from './dyno-plan.ts'
import { oneOffName, startOneOff, type RunningOneOff } from './one-off.ts'
import { createRouter, type Router } from './router/router.ts'
import type { RuntimeParts } from './runtime-parts.ts'

const DEFAULT_SIZE = 'Standard-1X'

interface RunningApp {
  readonly dynos: AppDynos
  readonly router: Router
  readonly oneOffs: Map<string, RunningOneOff>
  /** Names that are taken, those of one-offs which are just being started included. */
  readonly names: Set<string>
  /** One-offs that are just being started: an end of the app waits for them, then stops them. */
  readonly starting: Set<Promise<unknown>>
}

/** Dynos as real processes behind a real router per app. Nothing runs until openRouter or apply is called for an app. */
export function createRuntime(parts: RuntimeParts): Runtime {
  const apps = new Map<string, RunningApp>()

  function running(app: App): RunningApp {
    let found = apps.get(app.id)
    if (found === undefined) {
      const dynos = createAppDynos(app, parts, () => apps.get(app.id)?.router.refresh())
      const router = createRouter(app, parts, dynos.routes)
      found = { dynos, router, oneOffs: new Map(), names: new Set(), starting: new Set() }
      apps.set(app.id, found)
    }
    return found
  }

  return {
    async openRouter(app) {
      const port = await running(app).router.open()
      if (port === app.routerPort) return
      app.routerPort = port
      parts.store.saveApp(app)
    },
    async apply(app, reason) {
      const { dynos } = running(app)
      if (reason === 'release') dynos.release()
      else dynos.scale()
    },
    async restart(app, which) {
      restart(running(app), which)
    },
    // On Heroku's Common Runtime the manager starts a stopped dyno of the formation again: the same thing as a restart.
    async stop(app, which) {
      restart(running(app), which)
    },
    dynos(app) {
      const { dynos, oneOffs } = running(app)
      return [...dynos.listed(), ...[...oneOffs.values()].map((each) => each.view())]
    },
    async runOneOff(app, release, options) {
      const slug = slugOf(app, release)
      if (slug === undefined) throw new Error(`Release v${release.version} of ${app.name} has no slug to run`)
      const current = running(app)
      const name = oneOffName(options.type, current.names)
      current.names.add(name)
      const { type, command, size = DEFAULT_SIZE } = options
      const plan: DynoPlan = { id: randomUUID(), app, release, slug, type, name, command, size }
      const starting = startOneOff(parts, plan, options).then((started) => keep(current, started))
      current.starting.add(starting)
      return starting.finally(() => current.starting.delete(starting))
    },
    kill(app, dynoName, what) {
      const { dynos, oneOffs } = running(app)
      const oneOff = oneOffs.get(dynoName)
      oneOff?.kill(what)
      return oneOff !== undefined || (dynos.find(dynoName)?.kill(what) ?? false)
    },
    async removeApp(app) {
      const found = apps.get(app.id)
      if (found !== undefined) await stopApp(found)
      apps.delete(app.id)
    },
    async close() {
      await Promise.all([...apps.values()].map(stopApp))
      apps.clear()
    },
  }
}

function keep(app: RunningApp, started: RunningOneOff): RunningOneOff['oneOff'] {
  const { name } = started.plan
  app.oneOffs.set(name, started)
  void started.oneOff.exited.then(() => {
    app.oneOffs.delete(name)
    app.names.delete(name)
  })
  return started.oneOff
}

function restart(app: RunningApp, which: string | undefined): void {
  for (const oneOff of app.oneOffs.values()) {
    const { name, type } = oneOff.plan
    if (which === name || which === type) void oneOff.stop()
  }
  app.dynos.restart(which)
}

async function stopApp(app: RunningApp): Promise<void> {
  await Promise.allSettled(app.starting)
  await Promise.all([app.dynos.close(), ...[...app.oneOffs.values()].map((oneOff) => oneOff.stop())])
  await app.router.close()
}
