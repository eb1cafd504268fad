import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { reaperScript } from './reaper-script.ts'

/** What a registered process is: Postgres is shut down by SIGINT to its postmaster, everything else by SIGTERM to its group. */
export type ReapedKind = 'dyno' | 'build' | 'postgres'

/** Sees to it that no child outlives the emulator, however the emulator ends. */
export interface Reaper {
  /** Add this to the environment of every child: it finds those that were started but not yet registered. */
  readonly environment: { readonly LOCKKEEPER_EMULATOR: string }
  /** The process that watches; another one after it has died and was started again. */
  readonly pid: number | undefined
  /** `pid` leads a process group of its own (spawned detached); for kind postgres it is the postmaster. */
  register(pid: number, kind: ReapedKind): void
  unregister(pid: number): void
  /** Ends what is still registered or marked, then the watching process. Resolves when it is gone. */
  close(): Promise<void>
}

/** A reaper that dies is started again after this many milliseconds, so that a machine out of processes is not made worse. */
const RESTART_DELAY = 100

/**
 * Starts a small process of its own, which is told of every living process group. When the pipe to it closes it ends them
 * all; that happens on close() and equally when the emulator is killed by SIGKILL. It does not keep this process alive.
 */
export function startReaper(): Reaper {
  const environment = { LOCKKEEPER_EMULATOR: randomUUID() }
  const alive = new Map<number, ReapedKind>()
  let closing = false
  let child = launch()

  function launch(): ChildProcess {
    const started = spawnReaper(`LOCKKEEPER_EMULATOR=${environment.LOCKKEEPER_EMULATOR}`)
    for (const [pid, kind] of alive) tell(started, `+ ${pid} ${kind}`)
    const again = () => void setTimeout(relaunch, RESTART_DELAY).unref()
    started.once('exit', again)
    started.once('error', again)
    return started
  }

  function relaunch(): void {
    if (!closing) child = launch()
  }

  return {
    environment,
    get pid() {
      return child.pid
    },
    register(pid, kind) {
      alive.set(pid, kind)
      tell(child, `+ ${pid} ${kind}`)
    },
    unregister(pid) {
      if (alive.delete(pid)) tell(child, `- ${pid}`)
    },
    async close() {
      closing = true
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      child.ref()
      const gone = once(child, 'exit')
      child.stdin?.end()
      await gone
    },
  }
}

function spawnReaper(marker: string): ChildProcess {
  // A session of its own: Ctrl-C in the terminal of the emulator must not end the one who cleans up.
  const child = spawn(process.execPath, ['-e', reaperScript, marker], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A write to a reaper that has just died fails; the next one is told everything again.
  child.stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return child
}

function tell(child: ChildProcess, line: string): void {
  child.stdin?.write(`${line}\n`)
}
