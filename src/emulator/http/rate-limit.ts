import type { Clock } from '../platform.ts'

/** Heroku's account quota: 4500 requests, refilled by 75 a minute of platform time. */
export interface RateLimit {
  /** Takes one request; false when none is left. */
  take(): boolean
  remaining(): number
}

const quota = 4500
const refillPerMinute = 75

/** `now` tells milliseconds, and is given by tests. */
export function createRateLimit(clock: Clock, now: () => number = Date.now): RateLimit {
  let left = quota
  let since = now()
  const refill = () => {
    const time = now()
    left = Math.min(quota, left + ((time - since) / clock.milliseconds(60)) * refillPerMinute)
    since = time
  }
  return {
    take() {
      refill()
      if (left < 1) return false
      left -= 1
      return true
    },
    remaining() {
      refill()
      return Math.floor(left)
    },
  }
}
