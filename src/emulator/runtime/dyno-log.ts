import { splitLines } from './lines.ts'
import type { DynoPlan } from './dyno-plan.ts'
import type { ProcessGroup } from './process-group.ts'
import type { RuntimeParts } from './runtime-parts.ts'

/** What a dyno's log shows: the platform's own lines and the process's output. */
export interface DynoLog {
  platform(message: string): void
  output(chunk: Buffer, from: 'stdout' | 'stderr'): void
  /** Writes out a last line that has no line break. */
  endOutput(): void
}

export function createDynoLog(parts: RuntimeParts, plan: DynoPlan): DynoLog {
  const write = (line: string) => parts.logs.write(plan.app.id, 'app', plan.name, line)
  // Two streams: a line of one must not be torn by a chunk of the other.
  const streams = { stdout: splitLines(write), stderr: splitLines(write) }
  return {
    platform: (message) => parts.logs.write(plan.app.id, 'heroku', plan.name, message),
    output: (chunk, from) => streams[from].push(chunk),
    endOutput() {
      streams.stdout.end()
      streams.stderr.end()
    },
  }
}

/** SIGTERM, and SIGKILL with R12 for what is left after the grace; resolves when nothing is left. */
export async function stopLogged(parts: RuntimeParts, log: DynoLog, group: ProcessGroup): Promise<void> {
  const { stopGrace } = parts.durations
  log.platform('Stopping all processes with SIGTERM')
  await group.stop(parts.clock.milliseconds(stopGrace), () => {
    log.platform(
      `Error R12 (Exit timeout) -> At least one process failed to exit within ${stopGrace} seconds of SIGTERM`,
    )
    log.platform('Stopping remaining processes with SIGKILL')
  })
}
