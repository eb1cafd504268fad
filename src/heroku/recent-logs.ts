import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'
import { readEvents } from './server-sent-events.ts'

export interface RecentLogsOptions {
  /** A dyno (web.1) or a process type (web). Default all. */
  readonly dyno?: string
  /** How many lines at most. */
  readonly lines: number
}

const session = z.object({ logplex_url: z.string() })
/** Milliseconds that reading may take: a stream that does not end is not waited for. */
const readingLimit = 10_000

/** The newest log lines of an app, oldest first. What came until the limit is returned when the stream does not end. */
export async function recentLogs(
  client: HerokuClient,
  app: string,
  { dyno, lines }: RecentLogsOptions,
): Promise<string[]> {
  const body = { tail: false, lines, ...(dyno === undefined ? {} : { dyno }) }
  const opened = await client.request('POST', appPath(app, 'log-sessions'), {
    body,
    expect: session,
    repeat: 'safe',
  })
  const limit = AbortSignal.timeout(readingLimit)
  const message = {
    method: 'GET',
    url: opened.logplex_url,
    headers: { Accept: 'text/event-stream' },
  } as const
  const { body: stream } = await client.transport.open(message, limit)
  const read: string[] = []
  try {
    for await (const line of readEvents(stream)) {
      read.push(line)
      if (read.length >= lines) break
    }
  } catch (error) {
    if (!limit.aborted) throw error
  } finally {
    stream.destroy()
  }
  return read
}
