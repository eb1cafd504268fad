import { killGroup } from './kill-group.ts'

export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
  readonly cwd: string
  /** Added to the environment: where secrets go, never into the arguments. */
  readonly environment: Readonly<Record<string, string>>
  /** Seconds. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
  /** Receives each line of the output as it comes. */
  readonly onLine: (line: string) => void
}

export interface CommandResult {
  /** Null when it was ended by a signal or its deadline. */
  readonly exitCode: number | null
  /** Why it was ended by us, or null. */
  readonly ended: 'stopped' | 'deadline' | null
  /** How long it took: seconds. */
  readonly seconds: number
}

const killDelay = 5_000 // milliseconds between asking and forcing

/** Runs a command in a process group of its own, so that its helpers end with it. A failure is a result, not an error. */
export async function runCommand(command: Command): Promise<CommandResult> {
  const { execa } = await import('execa')
  const start = performance.now()
  const child = execa(command.file, command.arguments, {
    cwd: command.cwd,
    env: command.environment,
    detached: process.platform !== 'win32',
    stdin: 'ignore',
    all: true,
    reject: false,
    buffer: false,
  })
  const guard = guardGroup(child.pid, command)
  try {
    for await (const line of child.iterable({ from: 'all' })) command.onLine(line)
    const { exitCode } = await child
    const ended = guard.ended()
    return {
      exitCode: ended === null ? (exitCode ?? null) : null,
      ended,
      seconds: (performance.now() - start) / 1000,
    }
  } finally {
    guard.release()
  }
}

interface Guard {
  ended(): CommandResult['ended']
  release(): void
}

/** Ends the group at its deadline or when the signal says so: first politely, then by force. */
function guardGroup(pid: number | undefined, { deadline, signal }: Command): Guard {
  let ended: CommandResult['ended'] = null
  let force: NodeJS.Timeout | undefined
  const end = (why: 'stopped' | 'deadline') => {
    if (ended !== null) return
    ended = why
    killGroup(pid, 'SIGTERM')
    force = setTimeout(() => killGroup(pid, 'SIGKILL'), killDelay)
  }
  const stop = () => end('stopped')
  const timer = setTimeout(() => end('deadline'), Math.max(0, deadline * 1000))
  if (signal?.aborted === true) stop()
  signal?.addEventListener('abort', stop, { once: true })
  return {
    ended: () => ended,
    release() {
      clearTimeout(timer)
      clearTimeout(force)
      signal?.removeEventListener('abort', stop)
      // Nobody of the group outlives the command.
      if (ended !== null) killGroup(pid, 'SIGKILL')
    },
  }
}
