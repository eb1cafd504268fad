export interface TimeLimit {
  /** Aborted by the limit, or by one of the given signals. */
  readonly signal: AbortSignal
  /** Whether it was the limit. */
  readonly reached: boolean
  /** Takes the limit away; the given signals still abort. */
  lift(): void
  /** Lets go of the timer and of the signals. */
  end(): void
}

/**
 * One signal out of a time limit (in real milliseconds) and other signals. Has to be ended. AbortSignal.any over
 * AbortSignal.timeout would be shorter, but some Node 20 versions may collect it as garbage before it fires.
 */
export function startTimeLimit(
  milliseconds: number,
  signals: readonly (AbortSignal | undefined)[],
): TimeLimit {
  const controller = new AbortController()
  const given = signals.filter((signal) => signal !== undefined)
  const stop = (): void => controller.abort()
  for (const signal of given) {
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  }
  let reached = false
  const timer = setTimeout(() => {
    reached = true
    stop()
  }, milliseconds)
  return {
    signal: controller.signal,
    get reached() {
      return reached
    },
    lift: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer)
      for (const signal of given) signal.removeEventListener('abort', stop)
    },
  }
}
