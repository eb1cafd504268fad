import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Writable } from 'node:stream'
import { groupLives, signalGroup } from './group-members.ts'
import type { Reaper } from './reaper.ts'

/** A shell command and everything it started, ended together. */
export interface ProcessGroup {
  readonly stdin: Writable | null
  /** Resolves as soon as the leading process has ended: exit status, or 128 + the number of the signal. */
  readonly exited: Promise<number>
  /** Resolves with the same status when the rest of the group is gone, too, and all output was handed out. */
  readonly ended: Promise<number>
  /** SIGTERM to all; whoever lives after `grace` milliseconds gets SIGKILL, and onOverrun is called before. */
  stop(grace: number, onOverrun: () => void): Promise<number>
  /** SIGKILL, to the whole group or only to its leading process. */
  readonly kill: (what: 'group' | 'parent') => void
}

export interface ProcessGroupOptions {
  readonly command: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly reaper: Reaper
  /** Standard input stays open and is written by the caller. */
  readonly attach?: boolean
  readonly onOutput: (chunk: Buffer, from: 'stdout' | 'stderr') => void
}

const shell = existsSync('/bin/bash') || existsSync('/usr/bin/bash') ? 'bash' : 'sh'
/** The status of a shell that cannot start a command. */
const CANNOT_START = 127
/** How often a stopping group is looked at, after its leader has ended, in milliseconds. */
const MEMBER_INTERVAL = 20
/** Output that a process outside the group keeps open is given up after this many milliseconds. */
const OUTPUT_DEADLINE = 500

/** Sources what buildpacks leave in .profile.d, as a dyno does, and runs the command in the same shell. */
function shellArguments(command: string, directory: string): readonly string[] {
  if (!existsSync(path.join(directory, '.profile.d'))) return ['-c', command]
  return ['-c', `for each in .profile.d/*.sh; do if [ -r "$each" ]; then . "./$each"; fi; done\n${command}`]
}

export function startProcessGroup(options: ProcessGroupOptions): ProcessGroup {
  const child = spawn(shell, shellArguments(options.command, options.directory), {
    cwd: options.directory,
    env: { ...options.environment, ...options.reaper.environment },
    detached: true,
    stdio: [options.attach === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  if (child.pid !== undefined) options.reaper.register(child.pid, 'dyno')
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const exited = exitStatus(child, options)
  child.stdout?.on('data', (chunk: Buffer) => options.onOutput(chunk, 'stdout'))
  child.stderr?.on('data', (chunk: Buffer) => options.onOutput(chunk, 'stderr'))
  // The other side of an attached input may be gone at any time.
  child.stdin?.on('error', () => undefined)

  let stopping = false
  let gone = child.pid === undefined
  const signal = (what: NodeJS.Signals) => {
    if (!gone && child.pid !== undefined) signalGroup(child.pid, what)
  }

  async function end(): Promise<number> {
    const status = await exited
    if (child.pid !== undefined) {
      while (stopping && groupLives(child.pid)) await wait(MEMBER_INTERVAL)
      signal('SIGKILL')
      gone = true
      options.reaper.unregister(child.pid)
    }
    await Promise.race([closed, wait(OUTPUT_DEADLINE, undefined, { ref: false })])
    child.stdout?.destroy()
    child.stderr?.destroy()
    return status
  }
  const ended = end()

  return {
    stdin: child.stdin,
    exited,
    ended,
    async stop(grace, onOverrun) {
      stopping = true
      signal('SIGTERM')
      const timer = setTimeout(() => {
        onOverrun()
        stopping = false
        signal('SIGKILL')
      }, grace)
      return ended.finally(() => clearTimeout(timer))
    },
    kill(what) {
      if (what === 'group') signal('SIGKILL')
      else if (!gone) child.kill('SIGKILL')
    },
  }
}

function exitStatus(child: ChildProcess, options: ProcessGroupOptions): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? CANNOT_START) : 128 + constants.signals[signal])
    })
    child.once('error', (error) => {
      if (child.pid !== undefined) return
      options.onOutput(Buffer.from(`${error.message}\n`), 'stderr')
      resolve(CANNOT_START)
    })
  })
}
