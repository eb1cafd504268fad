import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createQueue } from '../queue.ts'
import type { Reaper } from '../runtime/reaper.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { endLeftover } from './leftover.ts'

/** What the server needs of the reaper, which ends it when the emulator dies without doing so itself. */
export type PostgresReaper = Pick<Reaper, 'environment' | 'register' | 'unregister'>

/** A Postgres server over one data directory. */
export interface Cluster {
  readonly port: number
  readonly superuserPassword: string
  /** Starts the server and resolves when it answers. Does nothing when it runs. */
  start(): Promise<void>
  /** `fast` ends sessions and writes a checkpoint; `immediate` is a crash. Does nothing when it does not run. */
  stop(how: 'fast' | 'immediate'): Promise<void>
}

export interface ClusterFiles {
  /** Holds the process number of the emulator that runs the server. */
  readonly ownerFile: string
  readonly dataDirectory: string
  readonly logFile: string
  readonly port: number
  readonly superuserPassword: string
}

const startDeadline = 60_000
const fastDeadline = 20_000
const immediateDeadline = 10_000
/** A server that refuses sessions and lives is busy; one that has died is noticed within this. */
const exitNotice = 2000
/** More than any test needs; every add-on's role has the limit of its own plan. */
const maxConnections = 300

/**
 * The arguments of `postgres`. What was acknowledged survives a kill of any process, because the kernel has it; only a crash
 * of the whole machine could lose it, and an emulator need not make every CREATE DATABASE wait for the disk to rule that out.
 */
export function postgresArguments(dataDirectory: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_preload_libraries: 'pg_stat_statements',
    max_connections: String(maxConnections),
    shared_buffers: '64MB',
    fsync: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // Statements and the details of errors hold people's data and secrets.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    cluster_name: 'lockkeeper-emulator',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', dataDirectory, '-p', String(port), ...options]
}

/** The whole environment of a Postgres process: nothing of the caller's, whose environment may hold secrets. */
export function postgresEnvironment(reaper: PostgresReaper): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...reaper.environment }
}

/** Runs the server of an existing data directory. */
export function openCluster(
  files: ClusterFiles,
  binaries: Binaries,
  account: Account | undefined,
  reaper: PostgresReaper,
): Cluster {
  const changes = createQueue()
  let running: { child: ChildProcess; exited: Promise<void> } | undefined

  async function start(): Promise<void> {
    // One that was killed an instant ago is not yet known to have ended, and may become known meanwhile.
    const known = running
    if (known !== undefined && ((await canConnect(files)) || !(await endsWithin(known.exited, exitNotice))))
      return
    const hadLeftover = await endLeftover(files.dataDirectory, files.ownerFile)
    await writeFile(files.ownerFile, String(process.pid), { mode: 0o600 })
    const deadline = Date.now() + startDeadline
    for (;;) {
      const started = launch(files, binaries, account, reaper)
      running = started
      void started.exited.then(() => {
        if (running === started) running = undefined
      })
      if (await answers(files, started.exited, deadline)) return
      await end(started, 'immediate')
      // The last sessions of a killed server hold its shared memory for a moment.
      if (!hadLeftover || Date.now() > deadline) throw new Error(await startFailure(files))
      await sleep(200)
    }
  }

  async function stop(how: 'fast' | 'immediate'): Promise<void> {
    if (running !== undefined) await end(running, how)
  }

  return {
    port: files.port,
    superuserPassword: files.superuserPassword,
    start: () => changes.run('server', start),
    stop: (how) => changes.run('server', () => stop(how)),
  }
}

function launch(
  files: ClusterFiles,
  binaries: Binaries,
  account: Account | undefined,
  reaper: PostgresReaper,
): { child: ChildProcess; exited: Promise<void> } {
  const log = openSync(files.logFile, 'a', 0o600)
  const child = spawn(binaries.postgres, postgresArguments(files.dataDirectory, files.port), {
    ...account,
    cwd: files.dataDirectory,
    detached: true,
    stdio: ['ignore', log, log],
    env: postgresEnvironment(reaper),
  })
  closeSync(log)
  const { pid } = child
  if (pid !== undefined) reaper.register(pid, 'postgres')
  const exited = new Promise<void>((resolve) => {
    const gone = (): void => {
      if (pid !== undefined) reaper.unregister(pid)
      resolve()
    }
    child.once('exit', gone)
    child.once('error', gone)
  })
  return { child, exited }
}

async function end(
  server: { child: ChildProcess; exited: Promise<void> },
  how: 'fast' | 'immediate',
): Promise<void> {
  const steps: readonly (readonly [NodeJS.Signals, number])[] = [
    ...(how === 'fast' ? ([['SIGINT', fastDeadline]] as const) : []),
    ['SIGQUIT', immediateDeadline],
    ['SIGKILL', immediateDeadline],
  ]
  for (const [signal, milliseconds] of steps) {
    server.child.kill(signal)
    if (await endsWithin(server.exited, milliseconds)) return
  }
  throw new Error(`Postgres (process ${server.child.pid}) does not end.`)
}

async function endsWithin(exited: Promise<void>, milliseconds: number): Promise<boolean> {
  const abort = new AbortController()
  const timer = sleep(milliseconds, false, { signal: abort.signal }).catch(() => false)
  const ended = await Promise.race([exited.then(() => true), timer])
  abort.abort()
  return ended
}

/** Waits until the server accepts a session; false when it ended or the deadline passed. */
async function answers(files: ClusterFiles, exited: Promise<void>, deadline: number): Promise<boolean> {
  let ended = false
  void exited.then(() => (ended = true))
  while (!ended && Date.now() < deadline) {
    if (await canConnect(files)) return true
    await sleep(25)
  }
  return false
}

async function canConnect(files: ClusterFiles): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: files.port,
    user: 'postgres',
    password: files.superuserPassword,
    database: 'postgres',
    connectionTimeoutMillis: 2000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function startFailure(files: ClusterFiles): Promise<string> {
  const log = await readFile(files.logFile, 'utf8').catch(() => '')
  const tail = log.trimEnd().split('\n').slice(-5).join('\n')
  return `Postgres does not start on port ${files.port} (${path.relative('.', files.logFile)}):\n${tail}`
}
