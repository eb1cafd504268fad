import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { apiError } from '../http/errors.ts'
import type { App, DynoView, Release } from '../model.ts'
import type { OneOffOptions } from '../platform.ts'
import { slugOf } from '../releases/process-types.ts'

export const oneOffBody = z.object({
  command: z.string().min(1),
  attach: z.boolean().nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  size: z.string().nullish(),
  type: z.string().nullish(),
  time_to_live: z.number().int().positive().max(86_400).nullish(),
})

/** Starts a one-off dyno of the current release; an attached one waits for its client at its attach address. */
export async function startOneOff(
  plane: ControlPlane,
  app: App,
  given: z.infer<typeof oneOffBody>,
): Promise<DynoView> {
  const release = plane.releases.current(app)
  if (release.slugId === null) throw apiError(409, 'conflict', 'The app has no code to run yet.')
  const options: OneOffOptions = {
    command: commandOf(app, release, given.command),
    type: given.type ?? 'run',
    env: given.env ?? {},
    ...(typeof given.size === 'string' ? { size: given.size } : {}),
    timeToLive: given.time_to_live ?? plane.durations.oneOffLimit,
  }
  if (given.attach === true) return await startAttached(plane, app, release, options)
  return (await plane.runtime.runOneOff(app, release, options)).dyno
}

/** How Heroku's CLI learns an exit status: it appends this to the command, and reads what it prints. */
const statusSuffix = ' ; echo "\uFFFF heroku-command-exit-status: $?"'

/**
 * A command that begins with a process type stands for that type's own. The one of `heroku run --exit-code` gets a shell of its
 * own, so that its `exit` does not take the line with the status along.
 */
export function commandOf(app: App, release: Release, given: string): string {
  const tells = given.endsWith(statusSuffix)
  const command = tells ? given.slice(0, -statusSuffix.length) : given
  const [first = '', ...rest] = command.split(' ')
  const own = new Map(Object.entries(slugOf(app, release)?.processTypes ?? {})).get(first)
  const resolved = own === undefined ? command : [own, ...rest].join(' ')
  return tells ? `(${resolved}\n)${statusSuffix}` : resolved
}

async function startAttached(
  plane: ControlPlane,
  app: App,
  release: Release,
  options: OneOffOptions,
): Promise<DynoView> {
  const meeting = plane.rendezvous.offer()
  const attached = { ...options, attach: true, onOutput: meeting.write }
  const oneOff = await plane.runtime.runOneOff(app, release, attached).catch((error: unknown) => {
    meeting.cancel()
    throw error
  })
  meeting.begin(oneOff, plane.clock.milliseconds(plane.durations.attachTimeout), () => {
    const message = 'Error R13 (Attach error) -> Failed to attach to process'
    plane.logs.write(app.id, 'heroku', oneOff.dyno.name, message)
  })
  const { host } = new URL(plane.baseUrl)
  return { ...oneOff.dyno, attachUrl: `rendezvous://${host}/${meeting.id}` }
}
