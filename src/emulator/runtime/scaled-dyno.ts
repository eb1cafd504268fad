import type { DynoView } from '../model.ts'
import { slugDirectory } from '../build/slug-directory.ts'
import { dynoEnvironment } from './dyno-environment.ts'
import { createDynoLog, stopLogged, type DynoLog } from './dyno-log.ts'
import { dynoView, type DynoPlan } from './dyno-plan.ts'
import { freePort } from './free-port.ts'
import { portBound } from './port-bound.ts'
import { startProcessGroup, type ProcessGroup } from './process-group.ts'
import { createBackend, retire, type Backend } from './router/backend.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** A dyno of the formation: one process after another, until it is stopped. */
export interface ScaledDyno {
  readonly plan: DynoPlan
  readonly state: DynoView['state']
  /** Where the router sends requests; null unless it is an accepting web dyno. */
  readonly backend: Backend | null
  view(): DynoView
  /** Resolves when its first process is about to start, or never will. */
  readonly launched: Promise<void>
  /** Resolves when its first boot has ended: up, crashed, or stopped before. */
  readonly booted: Promise<void>
  /** Stops it for good. `next` is the state its name takes, as the log tells it; null says nothing. */
  stop(next: 'starting' | 'down' | null): Promise<void>
  /** False when no process runs. */
  kill(what: 'group' | 'parent'): boolean
}

/** Heroku's cool-off grows to hours; more than a day says nothing more. */
const LONGEST_BACKOFF = 86_400
/** Milliseconds that a web dyno, already out of the router's choice, is left to answer before SIGTERM. */
const DRAIN = 250

interface Life {
  readonly parts: RuntimeParts
  readonly plan: DynoPlan
  readonly log: DynoLog
  readonly stopping: AbortController
  readonly createdAt: string
  readonly onChange: () => void
  readonly launched: PromiseWithResolve
  readonly booted: PromiseWithResolve
  state: DynoView['state']
  updatedAt: string
  backend: Backend | null
  group: ProcessGroup | null
}

interface PromiseWithResolve {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

/** Starts a dyno once `predecessor` has resolved. `onChange` is called whenever the state or the backend has changed. */
export function startScaledDyno(
  parts: RuntimeParts,
  plan: DynoPlan,
  predecessor: Promise<unknown>,
  onChange: () => void,
): ScaledDyno {
  const now = parts.clock.now()
  const life: Life = {
    parts,
    plan,
    onChange,
    log: createDynoLog(parts, plan),
    stopping: new AbortController(),
    launched: promiseWithResolve(),
    booted: promiseWithResolve(),
    createdAt: now,
    updatedAt: now,
    state: 'starting',
    backend: null,
    group: null,
  }
  const ended = live(life, predecessor)
  let stopped: Promise<void> | undefined
  return {
    plan,
    get state() {
      return life.state
    },
    get backend() {
      return life.backend
    },
    view: () => dynoView(plan, life),
    launched: life.launched.promise,
    booted: life.booted.promise,
    stop(next) {
      stopped ??= stop(life, next).then(() => ended)
      return stopped
    },
    kill(what) {
      life.group?.kill(what)
      return life.group !== null
    },
  }
}

async function live(life: Life, predecessor: Promise<unknown>): Promise<void> {
  const { clock, durations } = life.parts
  const { signal } = life.stopping
  await predecessor
  let backoff = durations.crashBackoff
  while (!signal.aborted) {
    // An environment that the system refuses (too long, a zero byte) crashes the dyno, not the emulator.
    await runOnce(life).catch((error: Error) => life.log.platform(`Process did not start: ${error.message}`))
    life.booted.resolve()
    if (signal.aborted) break
    changeState(life, 'crashed')
    await clock.sleep(backoff, signal).catch(() => undefined)
    backoff = Math.min(backoff * 2, LONGEST_BACKOFF)
    if (!signal.aborted) changeState(life, 'starting')
  }
  life.launched.resolve()
  life.booted.resolve()
}

/** One process from its start to its end. */
async function runOnce(life: Life): Promise<void> {
  const { parts, plan, log } = life
  const port = await freePort()
  if (life.stopping.signal.aborted) return
  life.launched.resolve()
  const fault = plan.type === 'web' && parts.faults.take('dyno boot fails', plan.app.name)
  log.platform(`Starting process with command \`${plan.command}\``)
  const directory = slugDirectory(parts.store, plan.slug.id)
  const { dynoMetadata: metadata } = parts.assumptions
  const group = startProcessGroup({
    command: fault ? 'exit 1' : plan.command,
    directory,
    environment: dynoEnvironment({ plan, directory, port, from: process.env, metadata }),
    reaper: parts.reaper,
    onOutput: (chunk, from) => log.output(chunk, from),
  })
  life.group = group
  const exited = group.exited.then(() => setBackend(life, null))
  if (plan.type === 'web') await bootWeb(life, group, port, exited)
  else changeState(life, 'up')
  life.booted.resolve()
  const status = await group.ended
  life.group = null
  log.endOutput()
  log.platform(`Process exited with status ${status}`)
}

/** Up when the port is bound in time; SIGKILL when it is not. */
async function bootWeb(life: Life, group: ProcessGroup, port: number, exited: Promise<void>): Promise<void> {
  const { clock, durations } = life.parts
  const done = new AbortController()
  const timeout = setTimeout(() => {
    if (life.stopping.signal.aborted) return
    const limit = `within ${durations.bootTimeout} seconds of launch`
    life.log.platform(`Error R10 (Boot timeout) -> Web process failed to bind to $PORT ${limit}`)
    life.log.platform('Stopping process with SIGKILL')
    group.kill('group')
  }, clock.milliseconds(durations.bootTimeout))
  void exited.then(() => done.abort())
  const bound = await portBound(port, done.signal)
  clearTimeout(timeout)
  if (!bound || life.stopping.signal.aborted) return
  life.backend = createBackend(life.plan.name, port)
  changeState(life, 'up')
}

async function stop(life: Life, next: 'starting' | 'down' | null): Promise<void> {
  const { backend, group } = life
  if (next !== null && next !== life.state) life.log.platform(`State changed from ${life.state} to ${next}`)
  life.stopping.abort()
  life.state = 'down'
  if (backend !== null) {
    setBackend(life, null)
    await retire(backend, DRAIN)
  }
  if (group !== null && life.group === group) await stopLogged(life.parts, life.log, group)
}

function changeState(life: Life, state: DynoView['state']): void {
  life.log.platform(`State changed from ${life.state} to ${state}`)
  life.state = state
  life.updatedAt = life.parts.clock.now()
  life.onChange()
}

function setBackend(life: Life, backend: Backend | null): void {
  if (life.backend === backend) return
  life.backend = backend
  life.onChange()
}

function promiseWithResolve(): PromiseWithResolve {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
