import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import nodePath from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  backupsOf,
  createBackups,
  openSession,
  provisioned,
  run as runOn,
  type Backups,
} from '../../../test/support/backups-session.ts'
import { withSession, type Session } from '../../../test/support/emulator-session.ts'

let session: Session
let close: () => Promise<void>

beforeAll(async () => {
  ;({ session, close } = await openSession({ timeScale: 0.005 }))
})

afterAll(() => close())

async function withBackups(use: (backups: Backups) => Promise<void>): Promise<void> {
  await use(await createBackups(session))
}

describe('a database', () => {
  test('tells its plan, size, tables, version and connections', async () => {
    await withBackups(async ({ app, call, db, run, url, emulator }) => {
      await run('create table one (id int); create table two (id int)')
      const { body } = await call('GET', `/client/v11/databases/${db}`)
      expect(body).toMatchObject({ resource_url: url, following: null })
      const info = new Map(
        (body['info'] as { name: string; values: string[] }[]).map((item) => [item.name, item.values[0]]),
      )
      expect(info.get('Plan')).toBe('Essential 0')
      expect(info.get('Status')).toBe('Available')
      expect(info.get('Tables')).toBe('2')
      expect(info.get('PG Version')).toMatch(/^17\./)
      expect(info.get('Connections')).toMatch(/^\d+\/20$/)
      expect(info.get('Data Size')).toMatch(/^\d+\.\d MB$/)
      expect(info.get('Billing App')).toBe(app)
      await emulator.platform.databases.stopServer()
      const stopped = await call('GET', `/client/v11/databases/${db}`)
      expect(stopped.body['info']).toContainEqual({ name: 'Status', values: ['Unavailable'] })
      expect((await call('GET', `/client/v11/databases/${db}/wait_status`)).body['waiting?']).toBe(true)
      await emulator.platform.databases.startServer()
      expect((await call('GET', `/client/v11/databases/${randomUUID()}`)).status).toBe(404)
    })
  })

  test('is reset, loses its connections, shows its credentials and follows nobody', async () => {
    await withBackups(async ({ call, db, run, url }) => {
      await run('create table t (id int)')
      const client = new pg.Client(url)
      const ended = new Promise((resolve) => client.on('error', resolve))
      await client.connect()
      expect((await call('POST', `/client/v11/databases/${db}/connection_reset`)).status).toBe(200)
      await ended
      expect((await call('PUT', `/client/v11/databases/${db}/reset`, {})).status).toBe(200)
      expect(await run("select to_regclass('t') as t")).toEqual([{ t: null }])
      expect((await call('PUT', `/client/v11/databases/${db}/unfollow`)).status).toBe(200)
      const { user, password } = { user: new URL(url).username, password: new URL(url).password }
      expect((await call('GET', `/postgres/v0/databases/${db}/credentials`)).body).toMatchObject([
        { name: 'default', state: 'active', credentials: [{ user, password }] },
      ])
    })
  })

  test('is copied into another', async () => {
    await withBackups(async ({ app, call, run, url, ended }) => {
      await run('create table t as select 7 as n')
      const { body } = await call('POST', `/apps/${app}/addons`, { plan: 'heroku-postgresql:standard-0' })
      const target = String(body['id'])
      await provisioned(session, target)
      const vars = Object.entries((await call('GET', `/apps/${app}/config-vars`)).body)
      const other = String(vars.find(([name]) => name !== 'DATABASE_URL')?.[1])
      const path = `/client/v11/databases/${target}/transfers`
      const ends = { from_name: 'DATABASE', from_url: url, to_name: 'BLUE', to_url: other }
      const copy = await call('POST', path, ends)
      expect(copy).toMatchObject({ status: 201, body: { from_type: 'pg_dump', to_type: 'pg_restore' } })
      expect(await ended(copy.body)).toMatchObject({ succeeded: true })
      expect(await runOn(other, 'select n from t')).toEqual([{ n: 7 }])
      expect((await call('POST', path, { ...ends, to_url: url })).status).toBe(422)
      const foreign = { ...ends, from_url: 'postgres://a:b@example.com:5432/c' }
      expect((await call('POST', path, foreign)).status).toBe(422)
      const files = await readdir(nodePath.join(session.emulator.platform.store.directory, 'backups'))
      expect(files.filter((name) => name.startsWith(String(copy.body['uuid'])))).toEqual([])
    })
  })

  test('has schedules of daily backups, one per name', async () => {
    await withBackups(async ({ call, db }) => {
      const path = `/client/v11/databases/${db}/transfer-schedules`
      const create = (hour: string, timezone = 'UTC') =>
        call('POST', path, { hour, timezone, schedule_name: 'DATABASE_URL' })
      expect((await create('25')).status).toBe(422)
      expect((await create('02', 'Mars/Olympus')).status).toBe(422)
      await create('02')
      const made = await create('03', 'Europe/Berlin')
      const schedule = { name: 'DATABASE_URL', hour: '03', timezone: 'Europe/Berlin' }
      expect(made).toMatchObject({ status: 201, body: schedule })
      expect((await call('GET', path)).body).toEqual([{ ...schedule, uuid: made.body['uuid'] }])
      expect((await call('DELETE', `${path}/${String(made.body['uuid'])}`)).status).toBe(200)
      expect((await call('DELETE', `${path}/${String(made.body['uuid'])}`)).status).toBe(404)
      expect((await call('GET', path)).body).toEqual([])
    })
  })
})

describe('after a restart', () => {
  test('backups are there, what was running has failed, and what was being made is made', async () => {
    const stateDirectory = await mkdtemp(nodePath.join(tmpdir(), 'lockkeeper-restart-'))
    try {
      const known = await withSession({ timeScale: 0.005, stateDirectory }, async (first) => {
        const { app, db, url, run, capture, ended, fault, running } = await createBackups(first)
        await run('create table t as select 7 as n')
        await ended(await capture())
        await fault('backup hangs')
        await running(await capture())
        return { app, db, url }
      })
      const made = await withSession({ timeScale: 100, stateDirectory }, async ({ call }) => {
        const plan = 'heroku-postgresql:standard-0'
        const fork = await call('POST', `/apps/${known.app}/addons`, { plan, config: { fork: 'DATABASE' } })
        return String(fork.body['id'])
      })
      await withSession({ timeScale: 0.005, stateDirectory }, async (again) => {
        const { transfer, restore, ended, run, url } = await backupsOf(again, known.app, known.db)
        expect(url).toBe(known.url)
        await provisioned(again, made)
        expect(await transfer(2)).toMatchObject({ succeeded: false })
        await run('drop table t')
        const { to_url: address } = await transfer(1)
        expect(await ended((await restore(address)).body)).toMatchObject({ num: 3, succeeded: true })
        expect(await run('select n from t')).toEqual([{ n: 7 }])
      })
    } finally {
      await rm(stateDirectory, { recursive: true, force: true })
    }
  })
})
