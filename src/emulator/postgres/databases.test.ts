import { readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import {
  addon,
  created,
  databases,
  ignore,
  openDatabases,
  reopenDatabases,
  run,
  stateDirectory,
  useDatabases,
  withClient,
} from '../../../test/support/emulator-databases.ts'

useDatabases()

describe('a database', () => {
  it('is reached by its URL, by the role that owns it, with statistics', async () => {
    const made = await created()
    expect(databases().url(made)).toMatch(/^postgres:\/\/u\w+:p\w+@127\.0\.0\.1:\d+\/d\w+$/)
    await run(made, 'create table t (id int); insert into t values (1)')
    expect(
      await run(made, "select count(*)::int from pg_stat_statements where query ilike 'create table t%'"),
    ).toEqual([{ count: 1 }])
    expect(await databases().sizeBytes(made)).toBeGreaterThan(5_000_000)
    expect(await databases().version()).toMatch(/^17\./)
    expect(await run(made, 'show timezone')).toEqual([{ TimeZone: 'UTC' }])
  })

  it('is closed to the roles of other databases', async () => {
    const [mine, other] = [await created(), await created()]
    const url = new URL(databases().url(mine))
    url.pathname = `/${other.database?.name}`
    await expect(new pg.Client(url.href).connect()).rejects.toThrow(/permission denied/)
  })

  it('refuses more connections than its plan has', async () => {
    const small = addon('heroku-postgresql:essential-0')
    await databases().create(small)
    const clients = Array.from({ length: 20 }, () => new pg.Client(databases().url(small)))
    await Promise.all(clients.map((client) => client.connect()))
    expect(await databases().connectionCount(small)).toBe(20)
    await expect(new pg.Client(databases().url(small)).connect()).rejects.toThrow(/too many connections/)
    await Promise.all(clients.map((client) => client.end()))
  })

  it('is empty after a reset, and gone after a removal', async () => {
    const made = await created()
    await run(made, 'create table t (id int)')
    await databases().reset(made)
    expect(await run(made, "select relname from pg_class where relname = 't'")).toEqual([])
    expect(
      await run(made, "select count(*)::int from pg_extension where extname = 'pg_stat_statements'"),
    ).toEqual([{ count: 1 }])
    await databases().remove(made)
    await expect(new pg.Client(databases().url(made)).connect()).rejects.toThrow()
    await databases().remove(made)
  })

  it('loses its sessions when told to', async () => {
    const made = await created()
    await withClient(made, async (client) => {
      const ended = new Promise((resolve) => client.once('end', resolve))
      await databases().terminateConnections(made)
      await ended
    })
    expect(await databases().connectionCount(made)).toBe(0)
  })
})

describe('the server', () => {
  it('keeps what was acknowledged when it is stopped at once', async () => {
    const made = await created()
    await run(made, 'create table t (id int); insert into t values (1)')
    await databases().stopServer()
    await databases().stopServer()
    await expect(run(made, 'select 1')).rejects.toThrow('ECONNREFUSED')
    await Promise.all([databases().startServer(), databases().startServer()])
    expect(await run(made, 'select * from t')).toEqual([{ id: 1 }])
  })

  it('keeps what was acknowledged when it is killed, and starts again', async () => {
    const made = await created()
    await run(made, 'create table t (id int)')
    const ended = withClient(made, async (client) => {
      for (let id = 1; ; id++) {
        const failed = await client.query('insert into t values ($1)', [id]).then(ignore, () => id)
        if (failed !== undefined) return failed
        if (id === 50) process.kill(await postmaster(), 'SIGKILL')
      }
    })
    const acknowledged = (await ended) - 1
    expect(acknowledged).toBeGreaterThanOrEqual(50)
    await databases().startServer()
    const [{ count } = {}] = await run(made, 'select count(*)::int from t')
    expect([acknowledged, acknowledged + 1]).toContain(count)
  })

  it('refuses a second emulator on its state directory, and goes on', async () => {
    await expect(openDatabases()).rejects.toThrow(/in use by another emulator/)
    expect(await databases().version()).toMatch(/^17/)
  })

  it('closes and opens again with its port, password and data', async () => {
    const made = await created()
    const url = databases().url(made)
    await run(made, 'create table t as select 7 as n')
    await reopenDatabases()
    expect(databases().url(made)).toBe(url)
    expect(await run(made, 'select n from t')).toEqual([{ n: 7 }])
  })
})

async function postmaster(): Promise<number> {
  const file = path.join(stateDirectory(), 'postgres', 'data', 'postmaster.pid')
  return Number((await readFile(file, 'utf8')).split('\n')[0])
}
