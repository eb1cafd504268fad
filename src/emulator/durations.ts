import type { PlatformDurations } from './platform.ts'

/** documented: read in what Heroku publishes. believed: generally held, and not confirmed from a source. */
export type Basis = 'documented' | 'believed'

/** One thing that the emulator does as Heroku is known or believed to do, and that can be set otherwise. */
export interface Setting<T> {
  readonly default: T
  readonly meaning: string
  readonly basis: Basis
}

const documented = (seconds: number, meaning: string): Setting<number> => ({
  default: seconds,
  meaning,
  basis: 'documented',
})
const believed = (seconds: number, meaning: string): Setting<number> => ({
  default: seconds,
  meaning,
  basis: 'believed',
})

/** What Heroku waits, in seconds. */
export const durationSettings: { readonly [Name in keyof PlatformDurations]: Setting<number> } = {
  bootTimeout: documented(60, 'a web dyno must bind its port within this time (R10)'),
  stopGrace: documented(30, 'from SIGTERM to SIGKILL (R12)'),
  prebootWindow: documented(180, 'with preboot, from the release to the switch of traffic'),
  bootQueue: believed(75, 'a request waits this long for a booting dyno (H20)'),
  requestTimeout: documented(30, 'to the first byte of a response (H12)'),
  idleTimeout: believed(55, 'silence in the middle of a response (H15)'),
  crashBackoff: believed(10, 'the first wait before a crashed dyno is tried again; it doubles'),
  releasePhaseLimit: documented(3600, 'a release command may take this long'),
  buildLimit: believed(900, 'a build may take this long'),
  oneOffLimit: documented(86_400, 'a one-off dyno may run this long'),
  attachTimeout: believed(60, 'an attached one-off dyno waits this long for its client (R13)'),
  provisioning: believed(30, 'until a new database can be used'),
  blobUrlLifetime: believed(3600, 'addresses of sources and slugs work this long; then 403'),
}

export const defaultDurations: PlatformDurations = Object.fromEntries(
  Object.entries(durationSettings).map(([name, setting]) => [name, setting.default]),
) as unknown as PlatformDurations
