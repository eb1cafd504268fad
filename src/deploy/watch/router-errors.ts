import { followLogs, parseRouterLine } from '../../heroku/logs.ts'
import type { HerokuClient } from '../../heroku/client.ts'

export interface RouterError {
  readonly at: Date
  /** H10, H12, ... */
  readonly code: string
  readonly path: string
}

/** The errors that the app's router answered with while the log was followed. */
export interface RouterLog {
  errors(since?: Date): readonly RouterError[]
  /** Why the log could not be followed: silence is then no sign of health. */
  readonly trouble: string | null
}

/** 'H10 x 3, H13 x 1', or 'none'. */
export function describeRouterErrors(errors: readonly RouterError[]): string {
  const counts = new Map<string, number>()
  for (const { code } of errors) counts.set(code, (counts.get(code) ?? 0) + 1)
  const parts = [...counts].sort().map(([code, count]) => `${code} x ${count}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** Follows the router's lines of an app while `use` runs. A log that breaks off is noted, and never fails the deploy. */
export async function withRouterLog<T>(
  heroku: HerokuClient,
  app: string,
  use: (log: RouterLog) => Promise<T>,
): Promise<T> {
  const errors: RouterError[] = []
  const ending = new AbortController()
  let trouble: string | null = null
  const log: RouterLog = {
    errors: (since) => (since === undefined ? errors : errors.filter(({ at }) => at >= since)),
    get trouble() {
      return trouble
    },
  }
  const following = followLogs(heroku, app, {
    source: 'heroku',
    dyno: 'router',
    signal: ending.signal,
    onLine: (line) => {
      const parsed = parseRouterLine(line)
      if (parsed?.code !== undefined) errors.push({ at: parsed.at, code: parsed.code, path: parsed.path })
    },
  }).catch((error: unknown) => {
    if (!ending.signal.aborted) trouble = error instanceof Error ? error.message : String(error)
  })
  try {
    return await use(log)
  } finally {
    ending.abort()
    await following
  }
}
