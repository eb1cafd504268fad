import type { Clock, LogFilter, LogLine, Logs } from '../platform.ts'

/** Logplex keeps about this many lines of an app. */
const RING_LINES = 1_500

interface AppLog {
  lines: LogLine[]
  readonly followers: Set<(line: LogLine) => void>
}

/** One ring of about 1,500 lines per app. Nothing is kept on disk: a restarted emulator starts with empty logs. */
export function createLogs(clock: Clock): Logs {
  const apps = new Map<string, AppLog>()
  let lastId = 0

  function logOf(appId: string): AppLog {
    let log = apps.get(appId)
    if (log === undefined) {
      log = { lines: [], followers: new Set() }
      apps.set(appId, log)
    }
    return log
  }

  return {
    write(appId, source, dyno, message) {
      const log = logOf(appId)
      const line = { id: ++lastId, at: clock.now(), source, dyno, message }
      log.lines.push(line)
      // Cut rarely, so that a write costs the same whether the ring is full or not.
      if (log.lines.length >= RING_LINES * 2) log.lines = log.lines.slice(-RING_LINES)
      for (const follower of log.followers) follower(line)
    },
    recent(appId, filter) {
      const lines = (apps.get(appId)?.lines ?? []).slice(-RING_LINES).filter((line) => matches(line, filter))
      return filter.lines === undefined ? lines : lines.slice(Math.max(0, lines.length - filter.lines))
    },
    follow(appId, filter, onLine) {
      const { followers } = logOf(appId)
      const follower = (line: LogLine) => {
        if (matches(line, filter)) onLine(line)
      }
      followers.add(follower)
      return () => void followers.delete(follower)
    },
  }
}

function matches(line: LogLine, filter: LogFilter): boolean {
  if (filter.source !== undefined && line.source !== filter.source) return false
  return filter.dyno === undefined || line.dyno === filter.dyno || line.dyno.startsWith(`${filter.dyno}.`)
}
