import { PreconditionError, type ErrorOptions } from '../errors.ts'

/**
 * Heroku answered with an error. Before the first change it is a failed precondition; once something has changed, the
 * deploy decides what it means.
 */
export class HerokuApiError extends PreconditionError {
  /** The HTTP status. */
  readonly status: number
  /** Heroku's own name for the error: not_found, rate_limit, invalid_params, ... */
  readonly id: string
  /** Seconds that Heroku asked to wait before the next attempt. */
  readonly retryAfter: number | undefined

  constructor(
    status: number,
    id: string,
    message: string,
    options: ErrorOptions & { retryAfter?: number } = {},
  ) {
    super(message, options)
    this.status = status
    this.id = id
    this.retryAfter = options.retryAfter
  }
}

/** Heroku could not be reached, or its answer did not arrive whole. The cause is the last error seen. */
export class HerokuUnreachableError extends PreconditionError {}

/**
 * A call that creates something failed in a way that leaves open whether it took effect, and there was no way to find
 * out: look before doing it again.
 */
export class HerokuUncertainError extends PreconditionError {}

/** A wait for Heroku reached its deadline: what was waited for may still end, well or badly. */
export class DeadlineError extends PreconditionError {}

/** A backup or a restore ended, and not well. */
export class TransferFailedError extends PreconditionError {}

/** Whether Heroku says that what was asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof HerokuApiError && error.status === 404
}
