import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually, withSession, type Session } from '../../test/support/emulator-session.ts'

const files = {
  'server.js': `
const { createServer } = require('node:http')
createServer((request, response) => response.end(process.env.HEROKU_RELEASE_VERSION)).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`,
  Procfile: 'web: node server.js\nrelease: test -n "$DATABASE_URL"\n',
}

let project: string
let state: string
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'project-'))
  // The app has no package.json of its own and is CommonJS, whatever surrounds the state.
  writeFileSync(path.join(project, 'package.json'), '{"type": "module"}')
  state = path.join(project, 'state')
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

/** The processes that name the state directory or carry the emulator's mark. */
function processesOf(directory: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  return lines.filter((line) => line.includes(directory))
}

async function serving(session: Session, version: string): Promise<void> {
  const { body } = await session.call('GET', '/apps/whole')
  await eventually(`${version} to serve`, async () => {
    const response = await fetch(String(body['web_url']))
    return (await response.text()) === version ? true : undefined
  })
}

async function queryDatabase(session: Session, sql: string): Promise<unknown[]> {
  const { body } = await session.call('GET', '/apps/whole/config-vars')
  const client = new pg.Client({ connectionString: String(body['DATABASE_URL']) })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function deployWhole(session: Session): Promise<void> {
  const { call } = session
  await call('POST', '/apps', { name: 'whole' })
  await call('POST', '/apps/whole/addons', { plan: 'heroku-postgresql:standard-0' })
  await eventually('the database', async () => {
    const { body } = await call('GET', '/apps/whole/config-vars')
    return body['DATABASE_URL']
  })
  const repository = await session.repository()
  await repository.commit(files)
  expect(await repository.push('whole')).toMatchObject({ exitCode: 0 })
}

test('app, database, push, requests, scaling, roll-back; then again from the same state', async () => {
  let address = ''
  await withSession({ stateDirectory: state }, async (session) => {
    const { call } = session
    await deployWhole(session)
    await serving(session, 'v4')
    await queryDatabase(session, 'CREATE TABLE kept AS SELECT 7 AS seven')
    expect(
      (await call('PATCH', '/apps/whole/formation', { updates: [{ type: 'web', quantity: '+1' }] })).status,
    ).toBe(200)
    expect((await call('PATCH', '/apps/whole/config-vars', { DATABASE_URL: 'mine' })).body).toMatchObject({
      id: 'invalid_params',
    })
    await call('PATCH', '/apps/whole/config-vars', { A: 'b' })
    await eventually('release 5', async () => {
      const { body } = await call('GET', '/apps/whole/releases/5')
      return body['current'] === true ? true : undefined
    })
    const v4 = (await call('GET', '/apps/whole/releases/4')).body
    expect((await call('POST', '/apps/whole/releases', { release: v4['id'] })).status).toBe(201)
    await serving(session, 'v6')
    expect((await call('GET', '/apps/whole/config-vars')).body).toHaveProperty('DATABASE_URL')
    expect((await call('GET', '/apps/whole/config-vars')).body).not.toHaveProperty('A')
    address = session.emulator.url
  })
  expect(processesOf(state)).toEqual([])
  await withSession({ stateDirectory: state }, async (session) => {
    expect(session.emulator.url).toBe(address)
    await serving(session, 'v6')
    expect((await session.call('GET', '/apps/whole/dynos')).body).toHaveLength(2)
    expect(await queryDatabase(session, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }])
    await session.call('DELETE', '/apps/whole')
    expect(readdirSync(path.join(state, 'slugs'))).toEqual([])
    expect((await session.call('GET', '/addons')).body).toEqual([])
  })
})

test('what was under way when it closed has failed, and nothing of it is left', async () => {
  await withSession({ stateDirectory: state }, async (session) => {
    await session.call('POST', '/apps', { name: 'whole' })
    const repository = await session.repository()
    await repository.commit({ 'bin/compile': '#!/bin/sh\necho begun\nsleep 1000 & sleep 1000\n' })
    const pushed = repository.push('whole')
    await eventually('the build', async () => {
      const { body } = await session.call('GET', '/apps/whole/builds')
      return body[0] === undefined ? undefined : true
    })
    await session.emulator.close()
    expect((await pushed).exitCode).not.toBe(0)
  })
  expect(processesOf(state)).toEqual([])
  await withSession({ stateDirectory: state }, async ({ call }) => {
    expect((await call('GET', '/apps/whole/builds')).body).toMatchObject([
      { status: 'failed', release: null },
    ])
    expect((await call('GET', '/apps/whole/releases')).body).toHaveLength(2)
    expect(readdirSync(path.join(state, 'slugs'))).toEqual([])
  })
})

test('a second emulator on the same state is refused, and the first goes on', async () => {
  await withSession({ stateDirectory: state }, async ({ call }) => {
    await expect(withSession({ stateDirectory: state }, async () => undefined)).rejects.toThrow(
      /Another emulator/,
    )
    expect((await call('POST', '/apps', { name: 'going-on' })).status).toBe(201)
  })
})

test('a start that fails leaves nothing behind', async () => {
  await withSession({}, async ({ emulator }) => {
    await expect(
      withSession({ port: emulator.port, stateDirectory: state }, async () => undefined),
    ).rejects.toThrow(/EADDRINUSE/)
  })
  expect(processesOf(state)).toEqual([])
})
