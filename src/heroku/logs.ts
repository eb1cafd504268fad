import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'
import { HerokuApiError } from './errors.ts'
import { startTimeLimit } from './time-limit.ts'
import { readEvents } from './server-sent-events.ts'

export interface FollowLogsOptions {
  /** app or heroku. Default both. */
  readonly source?: string
  /** A dyno (web.1), a process type (web), or router. */
  readonly dyno?: string
  /** One log line, without its line break, in the order in which Heroku sends them. */
  readonly onLine: (line: string) => void
  /** Each time that lines begin to come. */
  readonly onConnected?: () => void
  /** Ends the following. */
  readonly signal: AbortSignal
}

export { parseRouterLine, type RouterLine } from './router-line.ts'

const session = z.object({ logplex_url: z.string(), created_at: z.string() })
type Session = z.infer<typeof session>

/** Lines asked for again after a break, so that those from in between are not lost. */
const overlap = 500
/** Platform seconds; a connection that died in silence is found by renewing it. */
const sessionLife = 900
const longestPause = 30

/**
 * Calls back with each log line that is written from now on, until the signal is aborted; then it resolves. A session
 * that ends or breaks is replaced by a new one, with a warning. HerokuApiError when Heroku refuses a session.
 */
export async function followLogs(
  client: HerokuClient,
  app: string,
  options: FollowLogsOptions,
): Promise<void> {
  const { signal } = options
  const deliver = createSieve(options.onLine)
  let failures = 0
  for (let first = true; !signal.aborted; first = false) {
    try {
      const opened = await openSession(client, app, options, first ? 1 : overlap)
      deliver.notBefore(opened.created_at)
      await readSession(client, opened, options, (line) => {
        failures = 0
        deliver.line(line)
      })
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof HerokuApiError && error.status < 429) throw error
      client.warn(
        `The log session was lost and is opened again: ${error instanceof Error ? error.message : ''}`,
      )
    }
    if (signal.aborted) return
    const pause = Math.min(longestPause, 0.5 * 2 ** failures++)
    await client.timing.sleep(pause, signal).catch(() => undefined)
  }
}

async function openSession(
  client: HerokuClient,
  app: string,
  { source, dyno, signal }: FollowLogsOptions,
  lines: number,
): Promise<Session> {
  const body = { tail: true, lines, ...(source && { source }), ...(dyno && { dyno }) }
  // A second session is an unused address and nothing more.
  return client.request('POST', appPath(app, 'log-sessions'), {
    body,
    signal,
    expect: session,
    repeat: 'safe',
  })
}

async function readSession(
  client: HerokuClient,
  opened: Session,
  options: FollowLogsOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const life = startTimeLimit(Math.max(1000, client.timing.milliseconds(sessionLife)), [options.signal])
  const headers = { Accept: 'text/event-stream' }
  try {
    const message = { method: 'GET', url: opened.logplex_url, headers } as const
    const { response, body } = await client.transport.open(message, life.signal)
    if (!response.ok) {
      body.destroy()
      throw new Error(`the log stream answered ${String(response.status)}`)
    }
    options.onConnected?.()
    for await (const data of readEvents(body)) onLine(data)
  } catch (error) {
    if (!life.signal.aborted) throw error
  } finally {
    life.end()
  }
}

/** Lets a line through once, and none from before the first session. */
function createSieve(onLine: (line: string) => void) {
  let since: number | undefined
  const seen = new Set<string>()
  return {
    /** Heroku's own clock: ours may be off. */
    notBefore: (createdAt: string): void => {
      const time = Date.parse(createdAt)
      if (!Number.isNaN(time)) since ??= time
    },
    line: (line: string): void => {
      const time = Date.parse(line.slice(0, Math.max(0, line.indexOf(' '))))
      if (since !== undefined && time < since) return
      if (seen.has(line)) return
      seen.add(line)
      if (seen.size > 2 * overlap) seen.delete(seen.values().next().value ?? '')
      onLine(line)
    },
  }
}
