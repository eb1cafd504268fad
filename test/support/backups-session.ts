import pg from 'pg'
import { expect } from 'vitest'
import type { EmulatorOptions } from '../../src/emulator/index.ts'
import type { PlatformFault } from '../../src/emulator/platform.ts'
import { eventually, withSession, type Answer, type Json, type Session } from './emulator-session.ts'

/** An app with a database, and the calls of pg:backups. */
export interface Backups extends Session {
  readonly app: string
  readonly db: string
  readonly url: string
  readonly run: (sql: string) => Promise<Record<string, unknown>[]>
  readonly capture: () => Promise<Json>
  readonly restore: (backupUrl: unknown) => Promise<Answer>
  readonly transfer: (identity: unknown, query?: string) => Promise<Json>
  readonly act: (identity: unknown, action: string) => Promise<Answer>
  /** The transfer when it runs, and when it has ended. */
  readonly running: (transfer: Json) => Promise<Json>
  readonly ended: (transfer: Json) => Promise<Json>
  readonly fault: (fault: PlatformFault) => Promise<Answer>
}

let apps = 0

/** A new app with a database of the smallest plan. */
export async function createBackups(open: Session): Promise<Backups> {
  const app = `lock-${++apps}`
  await open.call('POST', '/apps', { name: app })
  const { body } = await open.call('POST', `/apps/${app}/addons`, { plan: 'heroku-postgresql:essential-0' })
  return await backupsOf(open, app, String(body['id']))
}

/** The calls for an app and a database that exist. */
export async function backupsOf(open: Session, app: string, db: string): Promise<Backups> {
  const { call } = open
  await provisioned(open, db)
  const url = String((await call('GET', `/apps/${app}/config-vars`)).body['DATABASE_URL'])
  const path = (identity: unknown) => `/client/v11/apps/${app}/transfers/${String(identity)}`
  const transfer = async (identity: unknown, query = '') => (await call('GET', path(identity) + query)).body
  const reaches = (field: string) => (begun: Json) =>
    eventually(`the transfer to have ${field}`, async () => {
      const body = await transfer(begun['uuid'])
      return body[field] === null ? undefined : body
    })
  return {
    ...open,
    app,
    db,
    url,
    transfer,
    run: (sql) => run(url, sql),
    capture: async () => {
      const answer = await call('POST', `/client/v11/databases/${db}/backups`)
      expect(answer.status).toBe(201)
      return answer.body
    },
    restore: (backupUrl) => call('POST', `/client/v11/databases/${db}/restores`, { backup_url: backupUrl }),
    act: (identity, action) => call('POST', `${path(identity)}/actions/${action}`),
    running: reaches('started_at'),
    ended: reaches('finished_at'),
    fault: (fault) => call('POST', '/_emulator/faults', { fault, app, times: 1 }),
  }
}

/** Waits until the add-on can be used. */
export async function provisioned({ call }: Session, db: string): Promise<void> {
  await eventually('the database', async () =>
    (await call('GET', `/addons/${db}`)).body['state'] === 'provisioned' ? true : undefined,
  )
}

/** Runs SQL in a session of its own. */
export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** One emulator for all tests of a file: open it in beforeAll, close it in afterAll. */
export async function openSession(
  options: EmulatorOptions,
): Promise<{ session: Session; close: () => Promise<void> }> {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return await new Promise((resolve, reject) => {
    const closed = withSession(options, async (session) => {
      resolve({
        session,
        close: async () => {
          end()
          await closed
        },
      })
      await ended
    })
    closed.catch(reject)
  })
}
