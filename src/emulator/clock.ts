import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from './platform.ts'

/**
 * Platform time: every duration is told in real Heroku seconds and shrunk by `timeScale` before anything waits for it.
 * A scale of 0.02 makes the three minutes of preboot last 3.6 seconds.
 */
export function createClock(timeScale: number): Clock {
  if (!(timeScale > 0)) throw new RangeError(`The time scale must be greater than 0, not ${timeScale}`)
  const milliseconds = (seconds: number) => seconds * 1000 * timeScale
  return {
    timeScale,
    milliseconds,
    async sleep(seconds, signal) {
      await wait(milliseconds(seconds), undefined, signal === undefined ? {} : { signal })
    },
    now: () => new Date().toISOString(),
  }
}
