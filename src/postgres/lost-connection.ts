/** Postgres' words for 'I am going' and Node's for 'it is gone'. */
const codes = new Set(['57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED'])

const messages =
  /^(connection terminated|client has encountered a connection error|client was closed|the client is closed)/i

/** Whether a query failed because there is no server any more at the other end. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return codes.has(code) || code.startsWith('08') || messages.test(error.message)
}
