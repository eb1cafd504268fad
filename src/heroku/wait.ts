import type { HerokuClient } from './client.ts'
import { DeadlineError } from './errors.ts'

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

/**
 * Looks until it is done. One look that fails is the client's to repeat; what it gives up on ends the wait. Throws
 * DeadlineError at the deadline: no wait ends in silence.
 */
export async function waitFor<T>(client: HerokuClient, wait: Wait<T>): Promise<T> {
  const deadline = client.timing.deadline(wait.deadline)
  const signal = wait.signal ?? client.signal
  for (;;) {
    const seen = await wait.look()
    if (wait.done(seen)) return seen
    if (deadline.passed) {
      throw new DeadlineError(
        `Waited ${String(wait.deadline)} seconds for ${wait.what}: ${wait.describe(seen)}.`,
      )
    }
    await client.timing.sleep(Math.min(wait.every, deadline.remaining()), signal)
  }
}
