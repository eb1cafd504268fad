import type { Readable } from 'node:stream'
import type { HerokuClient } from './client.ts'
import { DeadlineError, HerokuApiError } from './errors.ts'

export interface StreamOptions {
  /** Platform seconds for the whole stream, waiting for its beginning included. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
  /** Where to go on, in bytes. Default 0. */
  readonly resume?: number
}

/** Platform seconds between two attempts to (re)open a stream. */
const reopenPause = 1

/**
 * The output of a build or of a release command as text, until its end. The address needs no key and gets none. It answers
 * 404 until the command has started; a connection that breaks is taken up again where it broke. Throws DeadlineError at the
 * deadline and HerokuApiError for an answer that will not get better.
 */
export async function* openStream(
  client: HerokuClient,
  url: string,
  options: StreamOptions,
): AsyncGenerator<string, void, undefined> {
  const deadline = client.timing.deadline(options.deadline)
  const limit = AbortSignal.timeout(Math.min(deadline.remainingMilliseconds(), 2 ** 31 - 1))
  const stop = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  const decoder = new TextDecoder()
  let offset = options.resume ?? 0
  let last = 'it never answered'
  while (!deadline.passed) {
    try {
      const opened = await openAt(client, url, offset, stop)
      if (opened === 'ended') return
      let skip = opened.skip
      for await (const chunk of opened.body) {
        // Keep-alive bytes of the server; they are not part of the output and do not count in its offsets.
        const bytes = (chunk as Buffer).filter((byte) => byte !== 0)
        const fresh = bytes.subarray(Math.min(skip, bytes.length))
        skip -= bytes.length - fresh.length
        offset += fresh.length
        const text = decoder.decode(fresh, { stream: true })
        if (text) yield text
      }
      const rest = decoder.decode()
      if (rest) yield rest
      return
    } catch (error) {
      if (options.signal?.aborted || client.signal?.aborted) throw error
      if (error instanceof HerokuApiError && !mayComeYet(error.status)) throw error
      last = error instanceof Error ? error.message : String(error)
    }
    await client.timing.sleep(Math.min(reopenPause, deadline.remaining()), options.signal ?? client.signal)
  }
  throw new DeadlineError(`An output stream did not end within ${String(options.deadline)} seconds: ${last}.`)
}

function mayComeYet(status: number): boolean {
  return status === 404 || status === 429 || status >= 500
}

async function openAt(
  client: HerokuClient,
  url: string,
  offset: number,
  signal: AbortSignal,
): Promise<{ readonly body: Readable; readonly skip: number } | 'ended'> {
  const headers: Record<string, string> = { Accept: 'text/plain' }
  if (offset > 0) headers['Range'] = `bytes=${String(offset)}-`
  const { response, body } = await client.transport.open({ method: 'GET', url, headers }, signal)
  // The break came after the last byte.
  if (response.status === 416) {
    body.destroy()
    return 'ended'
  }
  if (!response.ok) {
    body.destroy()
    const status = String(response.status)
    throw new HerokuApiError(response.status, 'stream', `Heroku answered an output stream with ${status}.`)
  }
  // A server that knows no ranges sends everything again.
  return { body, skip: response.status === 206 ? 0 : offset }
}
