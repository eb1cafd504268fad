import type { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import type { HerokuClient } from './client.ts'
import { DeadlineError, HerokuApiError } from './errors.ts'
import { startTimeLimit } from './time-limit.ts'

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
  const limit = startTimeLimit(deadline.remainingMilliseconds(), [options.signal, client.signal])
  const place = { offset: options.resume ?? 0, decoder: new TextDecoder() }
  let last: unknown = new Error('it never answered')
  try {
    while (!deadline.passed) {
      try {
        yield* readOnce(client, url, place, limit.signal)
        return
      } catch (error) {
        if (limit.signal.aborted && !limit.reached) throw error
        if (error instanceof HerokuApiError && !mayComeYet(error.status)) throw error
        last = error
      }
      await client.timing.sleep(reopenPause, limit.signal).catch(() => undefined)
    }
  } finally {
    limit.end()
  }
  const why = last instanceof Error ? last.message : String(last)
  const message = `An output stream did not end within ${String(options.deadline)} seconds: ${why}.`
  throw new DeadlineError(message, { cause: last })
}

/** How far a stream was read; a character may be cut by the break of a connection. */
interface Place {
  offset: number
  readonly decoder: TextDecoder
}

/** One connection, from the place on. Ends with the stream; a break of the connection is an error. */
async function* readOnce(
  client: HerokuClient,
  url: string,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const opened = await openAt(client, url, place.offset, signal)
  if (opened === 'ended') return
  let skip = opened.skip
  for await (const chunk of opened.body) {
    // Keep-alive bytes of the server; they are not part of the output and do not count in its offsets.
    const bytes = (chunk as Buffer).filter((byte) => byte !== 0)
    const fresh = bytes.subarray(Math.min(skip, bytes.length))
    skip -= bytes.length - fresh.length
    place.offset += fresh.length
    const text = place.decoder.decode(fresh, { stream: true })
    if (text) yield text
  }
  const rest = place.decoder.decode()
  if (rest) yield rest
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
