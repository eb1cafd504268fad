/**
 * Platform time. Every duration in Lockkeeper is written in real Heroku seconds; against an emulator whose platform runs
 * faster, all of them shrink by the same factor, so that the proportions stay those of Heroku.
 */
export interface Timing {
  readonly timeScale: number
  /** Milliseconds to really wait for a number of platform seconds: whole ones, as timers want them. */
  milliseconds(seconds: number): number
  /** Resolves after so many platform seconds; rejects with the signal's reason when it is aborted first. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
  /** A deadline that many platform seconds from now. */
  deadline(seconds: number): Deadline
}

export interface Deadline {
  /** As it was asked for, in platform seconds: for messages. */
  readonly seconds: number
  readonly passed: boolean
  /** Platform seconds that are left, never below 0. */
  remaining(): number
  /** Real milliseconds that are left, never below 0. */
  remainingMilliseconds(): number
}

/** The one helper through which every wait goes. `timeScale` 1 is real Heroku. */
export function createTiming(timeScale: number): Timing {
  const milliseconds = (seconds: number): number => Math.ceil(seconds * 1000 * timeScale)
  return {
    timeScale,
    milliseconds,
    sleep: (seconds, signal) => sleep(milliseconds(seconds), signal),
    deadline: (seconds) => createDeadline(seconds, timeScale),
  }
}

function createDeadline(seconds: number, timeScale: number): Deadline {
  // The monotonic clock: a corrected system clock must not end a wait.
  const end = performance.now() + seconds * 1000 * timeScale
  const remainingMilliseconds = (): number => Math.max(0, end - performance.now())
  return {
    seconds,
    get passed() {
      return remainingMilliseconds() === 0
    },
    remaining: () => remainingMilliseconds() / 1000 / timeScale,
    remainingMilliseconds,
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal))
    const stop = (): void => {
      clearTimeout(timer)
      reject(reasonOf(signal))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('The wait was cancelled.', { cause: reason })
}
