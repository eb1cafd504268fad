import type { HerokuClient } from './client.ts'
import { DeadlineError, HerokuApiError, HerokuUnreachableError } from './errors.ts'

export interface Wait<T> {
  /** What is waited for, as in 'release v12 to end'. */
  readonly what: string
  /** Platform seconds. */
  readonly deadline: number
  /** Platform seconds between two looks. */
  readonly every: number
  readonly look: () => Promise<T>
  readonly done: (seen: T) => boolean
  /** What the last look saw, in words, for the message of the deadline. */
  readonly describe: (seen: T) => string
  readonly signal?: AbortSignal | undefined
}

/** Platform seconds without a single answer, after which the wait is given up. The work itself goes on without us. */
const patience = 600

/**
 * Looks until it is done. While Heroku does not answer the wait goes on, for ten minutes; an error that will not get better
 * ends it at once. Throws DeadlineError at the deadline: no wait ends in silence.
 */
export async function waitFor<T>(client: HerokuClient, wait: Wait<T>): Promise<T> {
  const deadline = client.timing.deadline(wait.deadline)
  const signal = wait.signal ?? client.signal
  let answered = client.timing.deadline(patience)
  let last = 'Heroku has not answered yet'
  for (;;) {
    try {
      const seen = await unlessAborted(wait.look(), signal)
      if (wait.done(seen)) return seen
      last = wait.describe(seen)
      answered = client.timing.deadline(patience)
    } catch (error) {
      if (signal?.aborted || !mayGetBetter(error) || answered.passed) throw error
    }
    if (deadline.passed) {
      throw new DeadlineError(`Waited ${String(wait.deadline)} seconds for ${wait.what}: ${last}.`)
    }
    await client.timing.sleep(Math.min(wait.every, deadline.remaining()), signal)
  }
}

function mayGetBetter(error: unknown): boolean {
  if (error instanceof HerokuApiError) return error.status === 429 || error.status >= 500
  return error instanceof HerokuUnreachableError
}

/** The look may go on for a while behind an abort; nobody needs its result then. */
async function unlessAborted<T>(look: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return look
  let stop = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('The wait was cancelled.'))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([look, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
