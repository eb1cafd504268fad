import { z } from 'zod'
import { HerokuApiError } from './errors.ts'
import type { Answer } from './transport.ts'

/** The answer came, but cut in half or garbled: as good as no answer. */
export class BrokenAnswerError extends Error {}

/** How a call is named in messages. Query strings are left out: they can be long. */
export function describeCall(method: string, path: string): string {
  return `${method} ${path.replace(/\?.*$/, '')}`
}

const errorBody = z.object({ id: z.string().optional(), message: z.string().optional() })

/** The error that an answer of status 400 and above stands for. */
export function errorFrom(call: string, answer: Answer): HerokuApiError {
  const { id = 'unknown', message } = readErrorBody(answer.body)
  if (answer.status === 401) {
    return new HerokuApiError(401, id, `The API key was rejected by Heroku (${call}).`, {
      next: ['Run "heroku auth:token" and put the result into HEROKU_API_KEY.'],
    })
  }
  const said = message ? `: ${message}` : ''
  const text = `Heroku answered ${call} with ${String(answer.status)} ${id}${said}`
  const retryAfter = readRetryAfter(answer.headers.get('retry-after'))
  return new HerokuApiError(answer.status, id, text, retryAfter === undefined ? {} : { retryAfter })
}

/** The header is a number of seconds, or a date. */
function readRetryAfter(header: string | null): number | undefined {
  if (!header) return undefined
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

function readErrorBody(body: string): z.infer<typeof errorBody> {
  try {
    return errorBody.parse(JSON.parse(body))
  } catch {
    return {}
  }
}

/**
 * Reads and checks an answer. Throws BrokenAnswerError for what is no JSON (it was cut), and HerokuApiError for JSON of
 * another shape than expected: that will not get better by asking again.
 */
export function jsonFrom<T>(call: string, body: string, expected: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new BrokenAnswerError(`the answer of ${String(body.length)} characters is not whole JSON`)
  }
  const checked = expected.safeParse(value)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const where = issue?.path.map(String).join('.') || 'the body'
  throw new HerokuApiError(
    200,
    'unexpected_answer',
    `Heroku answered ${call} in another form than expected: ${where}: ${issue?.message ?? 'unknown'}`,
  )
}
