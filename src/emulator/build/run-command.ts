import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import type { Reaper } from '../runtime/reaper.ts'

export type ProcessWatch = Pick<Reaper, 'environment' | 'register' | 'unregister'>

export interface BuildCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly onOutput: (text: string) => void
  /** Kills the command with everything it started. */
  readonly signal: AbortSignal
}

/** Runs a command in a process group of its own. Resolves with its exit status, 128 + n after signal n, once all have ended. */
export function runCommand(watch: ProcessWatch, command: BuildCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    command.signal.throwIfAborted()
    const child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: { ...command.env, ...watch.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid !== undefined) watch.register(pid, 'build')
    const kill = () => killGroup(pid)
    command.signal.addEventListener('abort', kill, { once: true })
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder('utf8')
      stream.on('data', (chunk: Buffer) => command.onOutput(decoder.write(chunk)))
    }
    const done = () => {
      command.signal.removeEventListener('abort', kill)
      if (pid !== undefined) watch.unregister(pid)
    }
    child.once('error', (error) => {
      done()
      reject(error)
    })
    // What the command left in the background would keep the pipes open, and outlive the build.
    child.once('exit', kill)
    child.once('close', (status, signal) => {
      done()
      resolve(status ?? 128 + signalNumber(signal))
    })
  })
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal]
}
