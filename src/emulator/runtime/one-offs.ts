import { randomInt, randomUUID } from 'node:crypto'
import type { App, DynoView, Release } from '../model.ts'
import type { OneOff, OneOffOptions } from '../platform.ts'
import { slugOf, type DynoPlan } from './dyno-plan.ts'
import { startOneOff, type RunningOneOff } from './one-off.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** The one-off dynos of one app, each until it ends. */
export interface OneOffs {
  /** Rejects when the release has no slug. */
  run(release: Release, options: OneOffOptions): Promise<OneOff>
  listed(): readonly DynoView[]
  find(name: string): RunningOneOff | undefined
  /** By name or type; unlike dynos of the formation, none starts again. */
  stop(which: string): void
  close(): Promise<void>
}

const DEFAULT_SIZE = 'Standard-1X'

export function createOneOffs(app: App, parts: RuntimeParts): OneOffs {
  const running = new Map<string, RunningOneOff>()
  const names = new Set<string>()
  /** An end of the app waits for those that are just being started, then stops them. */
  const starting = new Set<Promise<unknown>>()

  async function start(plan: DynoPlan, options: OneOffOptions): Promise<OneOff> {
    names.add(plan.name)
    try {
      const started = await startOneOff(parts, plan, options)
      running.set(plan.name, started)
      void started.oneOff.exited.then(() => {
        running.delete(plan.name)
        names.delete(plan.name)
      })
      return started.oneOff
    } catch (error) {
      names.delete(plan.name)
      throw error
    }
  }

  return {
    async run(release, options) {
      const started = start(planOf(app, release, options, oneOffName(options.type, names)), options)
      starting.add(started)
      return started.finally(() => starting.delete(started))
    },
    listed: () => [...running.values()].map((each) => each.view()),
    find: (name) => running.get(name),
    stop(which) {
      for (const each of running.values()) {
        if (each.plan.name === which || each.plan.type === which) void each.stop()
      }
    },
    async close() {
      await Promise.allSettled(starting)
      await Promise.all([...running.values()].map((each) => each.stop()))
    },
  }
}

function planOf(app: App, release: Release, options: OneOffOptions, name: string): DynoPlan {
  const slug = slugOf(app, release)
  if (slug === undefined) throw new Error(`Release v${release.version} of ${app.name} has no slug to run`)
  const { type, command, size = DEFAULT_SIZE } = options
  return { id: randomUUID(), app, release, slug, type, name, command, size }
}

/** run.1234, with a number that is not among the names in use. */
function oneOffName(type: string, used: ReadonlySet<string>): string {
  for (;;) {
    const name = `${type}.${randomInt(1_000, 10_000)}`
    if (!used.has(name)) return name
  }
}
