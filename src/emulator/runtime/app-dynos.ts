import type { App, DynoView } from '../model.ts'
import { formationPlans, type DynoPlan } from './dyno-plan.ts'
import { recordBoot, recordStop } from './recorded-operations.ts'
import type { Routes } from './router/dispatcher.ts'
import type { RuntimeParts } from './runtime-parts.ts'
import { startScaledDyno, type ScaledDyno } from './scaled-dyno.ts'

/** The dynos of one app's formation. */
export interface AppDynos {
  /** Replaces every dyno by those of the current release; with preboot, web dynos overlap. */
  release(): void
  /** Starts what is missing and stops what is too much, the highest numbers first. */
  scale(): void
  /** One dyno by name, one type, or all of them. */
  restart(which: string | undefined): void
  listed(): readonly DynoView[]
  readonly routes: () => Routes
  find(name: string): ScaledDyno | undefined
  close(): Promise<void>
}

/** With preboot, between a release and the switch of traffic. */
interface Overlap {
  /** The web dynos that still serve; they are not listed. */
  old: readonly ScaledDyno[]
  /** Forgets the switch, and records that the overlap has ended. */
  readonly cancel: () => void
}

interface Crew {
  readonly app: App
  readonly parts: RuntimeParts
  readonly onChange: () => void
  /** By name: what GET /dynos shows. */
  readonly dynos: Map<string, ScaledDyno>
  readonly leaving: Set<Promise<void>>
  overlap: Overlap | null
}

export function createAppDynos(app: App, parts: RuntimeParts, onChange: () => void): AppDynos {
  // Asked for with every request, and changed only here.
  let known: Routes | null = null
  const changed = () => {
    known = null
    onChange()
  }
  const crew: Crew = { app, parts, onChange: changed, dynos: new Map(), leaving: new Set(), overlap: null }
  return {
    release: () => replaceAll(crew, formationPlans(app)),
    scale: () => scale(crew, formationPlans(app)),
    restart: (which) => restart(crew, which),
    listed: () => [...crew.dynos.values()].map((dyno) => dyno.view()),
    routes: () => (known ??= routes(crew)),
    find: (name) => crew.dynos.get(name),
    async close() {
      replaceAll(crew, [])
      await Promise.all(crew.leaving)
    },
  }
}

function serving(crew: Crew): readonly ScaledDyno[] {
  return crew.overlap?.old ?? [...crew.dynos.values()].filter(isWeb)
}

function routes(crew: Crew): Routes {
  const web = serving(crew)
  return {
    backends: web.flatMap((dyno) => dyno.backend ?? []),
    starting: web.some((dyno) => dyno.state === 'starting'),
    crashed: web.length > 0,
  }
}

function replaceAll(crew: Crew, plans: readonly DynoPlan[]): void {
  const preboot = crew.app.preboot && serving(crew).length > 0 && plans.some((plan) => plan.type === 'web')
  const everyone = [...crew.dynos.values()]
  if (!preboot) {
    const hidden = endOverlap(crew)
    return replace(crew, [...everyone, ...hidden], plans)
  }
  overlapWeb(
    crew,
    plans.filter((plan) => plan.type === 'web'),
  )
  replace(
    crew,
    everyone.filter((dyno) => !isWeb(dyno)),
    plans.filter((plan) => plan.type !== 'web'),
  )
}

function restart(crew: Crew, which: string | undefined): void {
  const plans = formationPlans(crew.app)
  const chosen = (plan: DynoPlan) => which === undefined || plan.name === which || plan.type === which
  const { prebootOnRestart } = crew.parts.assumptions
  if (which === undefined && prebootOnRestart) return replaceAll(crew, plans)
  if (which === 'web' && prebootOnRestart && crew.app.preboot && serving(crew).length > 0) {
    return overlapWeb(crew, plans.filter(chosen))
  }
  const hidden = which === 'web' || which === undefined ? endOverlap(crew) : []
  const old = [...crew.dynos.values()].filter((dyno) => chosen(dyno.plan))
  replace(crew, [...old, ...hidden], plans.filter(chosen))
}

function scale(crew: Crew, plans: readonly DynoPlan[]): void {
  const wanted = new Map(plans.map((plan) => [plan.name, plan]))
  if (crew.overlap !== null) {
    const leaves = (dyno: ScaledDyno) => !wanted.has(dyno.plan.name)
    for (const dyno of crew.overlap.old.filter(leaves)) leave(crew, dyno.stop('down'))
    crew.overlap.old = crew.overlap.old.filter((dyno) => !leaves(dyno))
    if (crew.overlap.old.length === 0) endOverlap(crew)
  }
  const kept = (dyno: ScaledDyno) => wanted.get(dyno.plan.name)?.size === dyno.plan.size
  const old = [...crew.dynos.values()].filter((dyno) => !kept(dyno))
  const present = new Set([...crew.dynos.values()].filter(kept).map((dyno) => dyno.plan.name))
  replace(
    crew,
    old,
    plans.filter((plan) => !present.has(plan.name)),
  )
}

/** Stops all the old ones first; a new one starts when those of its name have ended. */
function replace(crew: Crew, old: readonly ScaledDyno[], plans: readonly DynoPlan[]): void {
  const names = new Set(plans.map((plan) => plan.name))
  const stops = new Map<string, Promise<void>[]>()
  for (const dyno of old) {
    const { name } = dyno.plan
    const stopped = dyno.stop(names.has(name) ? 'starting' : 'down')
    stops.set(name, [...(stops.get(name) ?? []), stopped])
    if (crew.dynos.get(name) === dyno) crew.dynos.delete(name)
    leave(crew, stopped)
  }
  if (stops.size > 0) recordStop(crew.parts, crew.app, [...stops.values()].flat())
  start(crew, plans, stops)
}

function start(crew: Crew, plans: readonly DynoPlan[], stops: ReadonlyMap<string, Promise<void>[]>): void {
  const started = plans.map((plan) => {
    const predecessors = Promise.all(stops.get(plan.name) ?? [])
    const dyno = startScaledDyno(crew.parts, plan, predecessors, crew.onChange)
    crew.dynos.set(plan.name, dyno)
    return dyno
  })
  recordBoot(crew.parts, crew.app, started.filter(isWeb))
  crew.onChange()
}

/** The serving web dynos stay and disappear from the list; a set that waited for its switch is superseded. */
function overlapWeb(crew: Crew, plans: readonly DynoPlan[]): void {
  const listed = [...crew.dynos.values()].filter(isWeb)
  const superseded = crew.overlap !== null
  const old = superseded ? endOverlap(crew) : listed
  for (const dyno of listed) {
    crew.dynos.delete(dyno.plan.name)
    if (superseded) leave(crew, dyno.stop(null))
  }
  const { clock, durations, operations } = crew.parts
  const finish = operations.start('preboot', crew.app.name)
  const window = clock.milliseconds(durations.prebootWindow)
  const tryToSwitch = () => {
    if (mayPutOff(crew)) timer = setTimeout(tryToSwitch, window)
    else switchTraffic(crew)
  }
  let timer = setTimeout(tryToSwitch, window)
  const cancel = () => {
    clearTimeout(timer)
    finish()
  }
  crew.overlap = { old, cancel }
  start(crew, plans, new Map())
}

/** Whether no new web dyno is up, and the platform is taken to care. */
function mayPutOff(crew: Crew): boolean {
  if (crew.parts.assumptions.prebootSwitchesToCrashed) return false
  return ![...crew.dynos.values()].some((dyno) => isWeb(dyno) && dyno.state === 'up')
}

function switchTraffic(crew: Crew): void {
  const old = endOverlap(crew)
  crew.onChange()
  const stops = old.map((dyno) => dyno.stop(null))
  for (const stopped of stops) leave(crew, stopped)
  recordStop(crew.parts, crew.app, stops)
}

/** From here on the listed web dynos serve; returns those that did. */
function endOverlap(crew: Crew): readonly ScaledDyno[] {
  const old = crew.overlap?.old ?? []
  crew.overlap?.cancel()
  crew.overlap = null
  return old
}

function leave(crew: Crew, stopped: Promise<void>): void {
  const gone = stopped.finally(() => crew.leaving.delete(gone))
  crew.leaving.add(gone)
}

function isWeb(dyno: ScaledDyno): boolean {
  return dyno.plan.type === 'web'
}
