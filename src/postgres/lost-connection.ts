import { PreconditionError } from '../errors.ts'

/** Postgres' words for 'I am going' and Node's for 'it is gone'. */
const codes = new Set(['57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED'])

const messages =
  /^(connection terminated|client has encountered a connection error|client was closed|the client is closed)/i

/** Whether a query failed because there is no server any more at the other end. */
function isConnectionLost(error: Error): boolean {
  return codes.has(codeOf(error)) || messages.test(error.message)
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '')

/** What a pooler says of the protocol that it does not speak: pgbouncer refuses transactions where it pools by the statement. */
const refusedByPooler = '08P01'

/**
 * The error as a person understands it when nobody is to blame but the connection: the database went away, a pooler is in between, or the
 * role may not read what it has to. Undefined for every other error. `doing` completes 'while ...'.
 */
export function connectionProblem(error: unknown, doing: string): PreconditionError | undefined {
  if (!(error instanceof Error)) return undefined
  if (isConnectionLost(error)) {
    return new PreconditionError(`The database went away while ${doing}. Nothing was changed by that.`, {
      cause: error,
      next: ['Run it again when the database answers.'],
    })
  }
  if (codeOf(error) === refusedByPooler) {
    return new PreconditionError(
      `The connection was refused while ${doing}: ${error.message}. A pooler that stands before the database takes no transactions.`,
      { cause: error, next: ['Name the database itself, not its pooler.'] },
    )
  }
  return undefined
}
