import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { Addon } from '../../src/emulator/model.ts'
import type { Databases } from '../../src/emulator/platform.ts'
import { createDatabases } from '../../src/emulator/postgres/databases.ts'
import { startReaper, type Reaper } from '../../src/emulator/runtime/reaper.ts'

let home: string
let reaper: Reaper
let open: Databases

/** A Postgres server of its own for the tests of a file. */
export function useDatabases(): void {
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'lockkeeper-postgres-test-'))
    reaper = startReaper()
    open = await openDatabases()
  })
  afterAll(async () => {
    await open?.close()
    await reaper?.close()
    await rm(home, { recursive: true, force: true })
  })
}

export const databases = (): Databases => open
export const stateDirectory = (): string => home

/** A second server over the same directory. */
export const openDatabases = (): Promise<Databases> => createDatabases({ directory: home, reaper })

/** Closes the server and starts it again, as the next run of the emulator would. */
export async function reopenDatabases(): Promise<void> {
  await open.close()
  open = await openDatabases()
}

/** For transfers that nobody aborts or watches. */
export const never = new AbortController().signal
export const ignore = (): void => undefined

/** An add-on that is not stored anywhere. */
export function addon(plan = 'heroku-postgresql:standard-0'): Addon {
  const hex = randomBytes(7).toString('hex')
  return {
    id: randomUUID(),
    name: `postgresql-test-${hex}`,
    appId: randomUUID(),
    service: 'heroku-postgresql',
    plan,
    state: 'provisioned',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    database: { name: `d${hex}`, user: `u${hex}`, password: `p${hex}` },
  }
}

/** An add-on with its database, or a fork of one. */
export async function created(from?: Addon): Promise<Addon> {
  const made = addon()
  await open.create(made, from)
  return made
}

export async function withClient<T>(of: Addon, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(open.url(of))
  client.on('error', ignore)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(ignore)
  }
}

export async function run(of: Addon, sql: string): Promise<Record<string, unknown>[]> {
  return await withClient(of, async (client) => (await client.query<Record<string, unknown>>(sql)).rows)
}

export function dumpPath(): string {
  return path.join(home, `${randomUUID()}.sql`)
}

export async function dumped(of: Addon): Promise<string> {
  const file = dumpPath()
  await open.dump(of, file, ignore, never)
  return file
}
