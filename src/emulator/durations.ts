import type { PlatformDurations } from './platform.ts'

/** What Heroku is known or believed to wait, in seconds. */
export const defaultDurations: PlatformDurations = {
  bootTimeout: 60,
  stopGrace: 30,
  prebootWindow: 180,
  bootQueue: 75,
  requestTimeout: 30,
  idleTimeout: 55,
  crashBackoff: 10,
  releasePhaseLimit: 3600,
  buildLimit: 900,
  oneOffLimit: 86_400,
  attachTimeout: 60,
}
