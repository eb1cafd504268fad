import type { Deadline, Timing } from '../config/timing.ts'
import { BrokenAnswerError, describeCall } from './answer.ts'
import { HerokuApiError, HerokuUncertainError, HerokuUnreachableError } from './errors.ts'
import { CallTimeoutError, type Method } from './transport.ts'

/**
 * What a POST may do after an attempt that failed without a clear answer. 'never' (the default): nothing, it ends in
 * HerokuUncertainError. 'safe': just repeat it. `find`: look first whether it took effect, and give the result if it did.
 */
export type Repeat<T> = 'never' | 'safe' | { readonly find: () => Promise<T | undefined> }

export interface RepeatedCall {
  readonly method: Method
  readonly path: string
  /** No attempt starts after it. */
  readonly deadline: Deadline
  readonly timing: Timing
  readonly signal: AbortSignal | undefined
}

interface Exchange<T> {
  readonly value: T
  readonly nextRange: string | null
}

/** Longest wait between two attempts, in platform seconds. */
const longestPause = 30

/** Attempts a call until it is answered, cannot be repeated or has reached its deadline. */
export async function repeatUntilAnswered<T>(
  call: RepeatedCall,
  repeat: Repeat<T> | undefined,
  attempt: () => Promise<Exchange<T>>,
): Promise<Exchange<T>> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (call.signal?.aborted) throw error
      const failure = classify(error)
      if (failure.kind === 'final') throw error
      const mayRepeat =
        call.method !== 'POST' || failure.kind === 'not begun' || (repeat ?? 'never') !== 'never'
      if (!mayRepeat) throw uncertain(call, error)
      const pause = failure.retryAfter ?? backOff(attempts)
      if (pause > call.deadline.remaining()) throw giveUp(call, attempts, error)
      await call.timing.sleep(pause, call.signal)
      if (failure.kind === 'unclear' && typeof repeat === 'object') {
        const found = await repeat.find()
        if (found !== undefined) return { value: found, nextRange: null }
      }
    }
  }
}

/** Doubles from half a second; jitter keeps many callers from coming back together. */
function backOff(attempts: number): number {
  return Math.min(longestPause, 0.5 * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2)
}

interface Failure {
  /** final: asking again gives the same. not begun: it certainly did not take effect. unclear: it may have. */
  readonly kind: 'final' | 'not begun' | 'unclear'
  /** Seconds that the server asked to wait. */
  readonly retryAfter?: number | undefined
}

function classify(error: unknown): Failure {
  if (error instanceof HerokuApiError) {
    if (error.status === 429) return { kind: 'not begun', retryAfter: error.retryAfter }
    return error.status >= 500 ? { kind: 'unclear', retryAfter: error.retryAfter } : { kind: 'final' }
  }
  if (error instanceof BrokenAnswerError || error instanceof CallTimeoutError) return { kind: 'unclear' }
  const code = codeOf(error)
  if (code === undefined) return { kind: 'final' }
  return { kind: neverConnected.has(code) ? 'not begun' : 'unclear' }
}

/** The request cannot have reached the server. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return undefined
}

function uncertain(call: RepeatedCall, error: unknown): HerokuUncertainError {
  const name = describeCall(call.method, call.path)
  return new HerokuUncertainError(
    `${name} failed (${messageOf(error)}), and it is not known whether it took effect.`,
    { cause: error },
  )
}

function giveUp(call: RepeatedCall, attempts: number, error: unknown): Error {
  const name = describeCall(call.method, call.path)
  const times = attempts === 1 ? 'once' : `${String(attempts)} times`
  if (error instanceof HerokuApiError) {
    const message = `${error.message} (tried ${times})`
    return new HerokuApiError(error.status, error.id, message, { cause: error })
  }
  return new HerokuUnreachableError(
    `Heroku could not be reached: ${name} failed ${times}, at last with: ${messageOf(error)}.`,
    { cause: error },
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
