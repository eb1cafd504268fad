import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { EmulatorOptions } from '../../src/emulator/index.ts'
import { projectDirectory } from './project.ts'

export interface EmulatorProcess {
  readonly url: string
  readonly token: string
  /** What a user exports so that the Heroku CLI and Lockkeeper speak to the emulator. */
  readonly environment: Readonly<Record<string, string>>
  readonly pid: number
}

type Ready = Omit<EmulatorProcess, 'pid'>
/** How the emulator's process is set up: only what can be sent to it. */
export type EmulatorSettings = Pick<EmulatorOptions, 'timeScale' | 'token' | 'durations' | 'stateDirectory'>

const compiledProcess = join(projectDirectory, 'dist', 'tasks', 'demo', 'emulator-process.js')
const startMilliseconds = 60_000
// Its dynos get their grace, Postgres its fast shutdown.
const stopMilliseconds = 30_000

/** Starts the emulator in its own process for `use`; afterwards it is stopped, and killed when it does not stop. */
export async function withEmulator<T>(
  settings: EmulatorSettings,
  use: (emulator: EmulatorProcess) => Promise<T>,
): Promise<T> {
  // A group of its own: Ctrl-C in a terminal reaches the demo alone, which ends what it started in order.
  const child = fork(compiledProcess, [], { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  try {
    const ready = await start(child, settings, errors)
    return await use({ ...ready, pid: child.pid ?? 0 })
  } finally {
    await stop(child)
  }
}

async function start(child: ChildProcess, settings: EmulatorSettings, errors: string[]): Promise<Ready> {
  const signal = AbortSignal.timeout(startMilliseconds)
  const exited = once(child, 'exit', { signal }).then(() => {
    throw new Error(`The emulator ended before it was ready. ${errors.join('')}`)
  })
  const ready = once(child, 'message', { signal }) as Promise<[Ready]>
  child.send(settings)
  const [message] = await Promise.race([ready, exited])
  exited.catch(() => undefined)
  return message
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(stopMilliseconds) })
  child.kill('SIGTERM')
  await exited.catch(() => child.kill('SIGKILL'))
}
