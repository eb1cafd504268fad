import { execa } from 'execa'
import { lockkeeperCommand } from './project.ts'

export interface LockkeeperRun {
  /** 128 + the signal's number when it was killed, as a shell shows it. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they were written. */
  readonly output: string
  readonly seconds: number
}

export interface RunOptions {
  readonly directory: string
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>
  /** Default: that of this project. */
  readonly command?: string
  readonly onLine?: (line: string) => void
  /** Ends the command and all that it started, without grace. */
  readonly signal?: AbortSignal | undefined
  readonly onStart?: (pid: number) => void
  readonly deadlineSeconds?: number
}

/** Runs `lockkeeper` as a process, as a user or a CI job does. Resolves when it has ended, whatever its exit code. */
export async function runLockkeeper(args: readonly string[], options: RunOptions): Promise<LockkeeperRun> {
  const startedAt = Date.now()
  const child = execa(process.execPath, [options.command ?? lockkeeperCommand, ...args], {
    cwd: options.directory,
    env: options.environment,
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    // A group of its own, so that ending it ends what it started.
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('lockkeeper could not be started.')
  const kill = () => killGroup(pid)
  options.signal?.addEventListener('abort', kill, { once: true })
  const timer = setTimeout(kill, (options.deadlineSeconds ?? 300) * 1000)
  options.onStart?.(pid)
  try {
    if (options.onLine) for await (const line of child.iterable({ from: 'all' })) options.onLine(line)
    const { exitCode, signal, stdout, stderr, all } = await child
    const code = exitCode ?? (signal === 'SIGTERM' ? 143 : 137)
    return { exitCode: code, stdout, stderr, output: all, seconds: (Date.now() - startedAt) / 1000 }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
