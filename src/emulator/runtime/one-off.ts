import type { DynoView } from '../model.ts'
import type { OneOff, OneOffOptions } from '../platform.ts'
import { slugDirectory } from '../build/slug-directory.ts'
import { dynoEnvironment } from './dyno-environment.ts'
import { createDynoLog, stopLogged } from './dyno-log.ts'
import { dynoView, type DynoPlan } from './dyno-plan.ts'
import { freePort } from './free-port.ts'
import { startProcessGroup } from './process-group.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** A one-off dyno as the runtime keeps it until it ends. */
export interface RunningOneOff {
  readonly plan: DynoPlan
  readonly oneOff: OneOff
  view(): DynoView
  stop(): Promise<void>
  /** Always true: it is forgotten when it ends. */
  kill(what: 'group' | 'parent'): boolean
}

export async function startOneOff(
  parts: RuntimeParts,
  plan: DynoPlan,
  options: OneOffOptions,
): Promise<RunningOneOff> {
  const log = createDynoLog(parts, plan)
  const createdAt = parts.clock.now()
  const directory = slugDirectory(parts.store, plan.slug.id)
  const port = await freePort()
  log.platform(`Starting process with command \`${plan.command}\``)
  const group = startProcessGroup({
    command: plan.command,
    directory,
    environment: dynoEnvironment({
      ...{ plan, directory, port, from: process.env, extra: options.env ?? {} },
      metadata: parts.assumptions.dynoMetadata,
    }),
    reaper: parts.reaper,
    attach: options.attach ?? false,
    onOutput(chunk, from) {
      log.output(chunk, from)
      options.onOutput?.(chunk)
    },
  })
  log.platform('State changed from starting to up')
  const view = () => dynoView(plan, { state: 'up', createdAt, updatedAt: createdAt })
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= stopLogged(parts, log, group))
  const limit = options.timeToLive ?? parts.durations.oneOffLimit
  const timer = setTimeout(() => void stop(), parts.clock.milliseconds(limit))
  const exited = group.ended.then((status) => {
    clearTimeout(timer)
    log.endOutput()
    log.platform(`Process exited with status ${status}`)
    log.platform('State changed from up to complete')
    return status
  })
  const oneOff: OneOff = { dyno: view(), stdin: group.stdin, exited, kill: () => void stop() }
  const kill = (what: 'group' | 'parent') => {
    group.kill(what)
    return true
  }
  return { plan, oneOff, view, stop, kill }
}
