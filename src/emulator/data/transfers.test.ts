import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackups, openSession, type Backups } from '../../../test/support/backups-session.ts'
import { eventually, withSession, type Json, type Session } from '../../../test/support/emulator-session.ts'

let session: Session
let close: () => Promise<void>

beforeAll(async () => {
  ;({ session, close } = await openSession({ timeScale: 0.005 }))
})

afterAll(() => close())

async function withBackups(use: (backups: Backups) => Promise<void>): Promise<void> {
  await use(await createBackups(session))
}

const dataTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/

describe('a backup', () => {
  test('goes from pending to succeeded, and restores what it saw', async () => {
    await withBackups(async ({ app, call, capture, ended, transfer, restore, run }) => {
      await run("create table t as select i, repeat('x', 100) as x from generate_series(1, 20000) i")
      const started = await capture()
      expect(started).toMatchObject({
        num: 1,
        from_type: 'pg_dump',
        to_type: 'gof3r',
        from_name: 'DATABASE',
        started_at: null,
        finished_at: null,
        succeeded: null,
        schedule: null,
        num_keep: 5,
        created_at: expect.stringMatching(dataTime) as string,
      })
      expect(started['logs']).toBeUndefined()
      const done = await ended(started)
      expect(done).toMatchObject({ succeeded: true, warnings: 0, canceled_at: null, deleted_at: null })
      expect(done['processed_bytes']).toBeGreaterThan(2_000_000)
      expect(done['source_bytes']).toBeGreaterThan(2_000_000)
      expect((await transfer(1, '?verbose=true'))['logs']).toMatchObject([
        { level: 'info' },
        { level: 'info' },
      ])
      await run('drop table t; create table other (id int)')
      const restoring = await restore(done['to_url'])
      expect(restoring).toMatchObject({
        status: 201,
        body: { num: 2, from_type: 'gof3r', to_type: 'pg_restore', to_name: 'DATABASE' },
      })
      expect(await ended(restoring.body)).toMatchObject({ succeeded: true, warnings: 0 })
      expect(await run('select count(*)::int from t')).toEqual([{ count: 20_000 }])
      expect(await run("select to_regclass('other') as other")).toEqual([{ other: null }])
      expect((await call('GET', `/client/v11/apps/${app}/transfers`)).body).toMatchObject([
        { num: 1 },
        { num: 2 },
      ])
    })
  })

  test('can be fetched, and restored from where it was put', async () => {
    await withBackups(async ({ act, capture, ended, restore, run, emulator }) => {
      await run('create table t as select 7 as n')
      const done = await ended(await capture())
      const { body } = await act(1, 'public-url')
      expect(body['url']).toMatch(/^https:/)
      const url = String(body['url']).replace('https:', 'http:')
      const fetched = await fetch(url)
      expect(await fetched.text()).toMatch(/^-- lockkeeper emulator dump[^]*INSERT INTO public.t/)
      expect(Date.parse(String(body['expires_at']))).toBeGreaterThan(Date.now())
      expect((await fetch(String(done['to_url']))).status).toBe(404)
      expect((await fetch(url.replace(/signature=./, 'signature=x'))).status).toBe(404)
      expect((await fetch(url.replace(/expires=\d/, 'expires=9'))).status).toBe(404)
      await run('drop table t')
      const nowhere = `${emulator.url}/nowhere.sql`
      expect(await ended((await restore(nowhere)).body)).toMatchObject({ succeeded: false })
      expect(await ended((await restore(url)).body)).toMatchObject({ succeeded: true })
      expect(await run('select n from t')).toEqual([{ n: 7 }])
    })
  })

  test('can be restored from a server elsewhere, when it is whole', async () => {
    await withBackups(async ({ act, capture, ended, restore, run }) => {
      await run('create table t as select 7 as n')
      await ended(await capture())
      const address = String((await act(1, 'public-url')).body['url']).replace('https:', 'http:')
      const dump = await (await fetch(address)).text()
      const server = createServer((request, response) =>
        response.end(request.url === '/half' ? dump.slice(0, -200) : dump),
      ).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await run('update t set n = 8')
      expect(await ended((await restore(`${url}/half`)).body)).toMatchObject({ succeeded: false })
      expect(await run('select n from t')).toEqual([{ n: 8 }])
      expect(await ended((await restore(`${url}/whole`)).body)).toMatchObject({ succeeded: true })
      expect(await run('select n from t')).toEqual([{ n: 7 }])
      server.close()
    })
  })

  test('is deleted by hand, and when newer ones fill its place', async () => {
    await withBackups(async ({ app, call, capture, ended, transfer, restore, emulator }) => {
      const first = await ended(await capture())
      expect((await call('DELETE', `/client/v11/apps/${app}/transfers/1`)).status).toBe(200)
      expect((await transfer(1))['id']).toBe('not_found')
      expect((await restore(first['to_url'])).status).toBe(422)
      for (let n = 2; n <= 7; n++)
        expect(await ended(await capture())).toMatchObject({ num: n, succeeded: true })
      const { body } = await call('GET', `/client/v11/apps/${app}/transfers`)
      expect((body as unknown as Json[]).map(({ num }) => num)).toEqual([3, 4, 5, 6, 7])
      const file = ({ uuid }: Json) =>
        path.join(emulator.platform.store.directory, 'backups', `${String(uuid)}.sql`)
      await expect(access(file(first))).rejects.toThrow('ENOENT')
      await access(file(body[0] ?? {}))
    })
  })

  test('fills the place of older ones as far as is set, whatever the plan', () =>
    withSession({ timeScale: 0.005, assumptions: { backupsKept: 2 } }, async (session) => {
      const { app, call, capture, ended } = await createBackups(session)
      for (let n = 1; n <= 3; n++)
        expect(await ended(await capture())).toMatchObject({ num: n, succeeded: true, num_keep: 2 })
      const { body } = await call('GET', `/client/v11/apps/${app}/transfers`)
      expect((body as unknown as Json[]).map(({ num }) => num)).toEqual([2, 3])
    }))

  test('fails and hangs on demand; a hung one can be canceled', async () => {
    await withBackups(async ({ act, app, capture, ended, running, fault, transfer, emulator }) => {
      await fault('backup fails')
      const failed = await ended(await capture())
      expect(failed).toMatchObject({ succeeded: false, canceled_at: null })
      const { logs } = await transfer(failed['uuid'], '?verbose=true')
      expect((logs as Json[]).at(-1)).toMatchObject({ level: 'error' })
      expect((await act(1, 'public-url')).status).toBe(422)
      await fault('backup hangs')
      const hung = await capture()
      await running(hung)
      expect((await transfer(hung['uuid']))['finished_at']).toBeNull()
      await act(hung['uuid'], 'cancel')
      expect(await transfer(hung['uuid'])).toMatchObject({
        succeeded: false,
        canceled_at: expect.stringMatching(dataTime) as string,
        finished_at: expect.stringMatching(dataTime) as string,
      })
      expect(await ended(await capture())).toMatchObject({ succeeded: true })
      await eventually('every operation to end', async () => {
        const all = emulator.platform.operations.all()
        const backups = all.filter((each) => each.name === 'backup' && each.app === app)
        return backups.length === 3 && backups.every(({ finishedAt }) => finishedAt !== null)
          ? true
          : undefined
      })
    })
  })
})

describe('a restore', () => {
  test('that fails says so and has lost the contents; the next one brings them back', async () => {
    await withBackups(async ({ act, capture, ended, running, fault, restore, run }) => {
      await run('create table t as select 7 as n')
      const { to_url: address } = await ended(await capture())
      await fault('restore fails')
      expect(await ended((await restore(address)).body)).toMatchObject({ succeeded: false })
      expect(await run("select to_regclass('t') as t")).toEqual([{ t: null }])
      await fault('restore hangs')
      const hung = await restore(address)
      await running(hung.body)
      await act(hung.body['num'], 'cancel')
      expect(await ended((await restore(address)).body)).toMatchObject({ succeeded: true })
      expect(await run('select n from t')).toEqual([{ n: 7 }])
    })
  })

  test('of something that is no backup is refused or fails', async () => {
    await withBackups(async ({ restore, ended, call, db, capture, fault }) => {
      expect((await restore('b001')).status).toBe(422)
      expect((await call('POST', `/client/v11/databases/${db}/restores`, {})).status).toBe(422)
      expect(await ended((await restore('http://127.0.0.1:1/x')).body)).toMatchObject({ succeeded: false })
      await fault('backup fails')
      const failed = await ended(await capture())
      expect((await restore(failed['to_url'])).status).toBe(422)
    })
  })

  test('waits for another one of the same database', async () => {
    await withBackups(async ({ capture, ended, restore, run }) => {
      await run("create table t as select i, repeat('x', 100) as x from generate_series(1, 5000) i")
      const { to_url: address } = await ended(await capture())
      const started = await Promise.all([restore(address), restore(address), restore(address)])
      for (const { body } of started) expect(await ended(body)).toMatchObject({ succeeded: true })
      expect(await run('select count(*)::int from t')).toEqual([{ count: 5000 }])
    })
  })
})
