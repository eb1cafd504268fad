import { defaultAssumptions } from '../assumptions.ts'
import type { Clock, PlatformAssumptions } from '../platform.ts'

/** Heroku's account quota: so many requests, refilled by so many a minute of platform time. */
export interface RateLimit {
  /** Takes one request; false when none is left. */
  take(): boolean
  remaining(): number
  /** Real seconds that a refusal tells its client to wait; 0 when it tells none. */
  readonly retryAfter: number
}

/** `now` tells milliseconds, and is given by tests. */
export function createRateLimit(
  clock: Clock,
  assumptions: Pick<
    PlatformAssumptions,
    'requestQuota' | 'requestRefill' | 'retryAfter'
  > = defaultAssumptions,
  now: () => number = Date.now,
): RateLimit {
  const { requestQuota: quota, requestRefill: refillPerMinute } = assumptions
  let left = quota
  let since = now()
  const refill = () => {
    const time = now()
    left = Math.min(quota, left + ((time - since) / clock.milliseconds(60)) * refillPerMinute)
    since = time
  }
  return {
    retryAfter: assumptions.retryAfter,
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
