/** `--state`: what the emulator has acknowledged outlives kill -9. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withEmulatorProcess, type EmulatorProcess } from './heroku-cli/emulator-process.ts'

const execute = promisify(execFile)
const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end('served ' + process.env.COUNT)).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-state-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

type Call = <T>(method: string, address: string, body?: unknown) => Promise<T>

function callOf({ environment }: EmulatorProcess): Call {
  return async <T>(method: string, address: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(address, environment['HEROKU_HOST']), {
      method,
      headers: {
        Authorization: `Bearer ${environment['HEROKU_API_KEY']}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${address} answers ${response.status}`)
    return (await response.json()) as T
  }
}

async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 60_000
  for (;;) {
    const found = await check().catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`Not within a minute: ${what}`)
    await sleep(50)
  }
}

async function withDatabase<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const databaseUrl = async (call: Call) =>
  (await call<Record<string, string>>('GET', '/apps/kept/config-vars'))['DATABASE_URL'] ?? ''

async function push({ environment }: EmulatorProcess): Promise<void> {
  const repository = path.join(directory, 'repository')
  const { HEROKU_HOST: host = '', HEROKU_API_KEY: key } = environment
  const authorization = `Authorization: Basic ${Buffer.from(`:${key}`).toString('base64')}`
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: authorization,
    GIT_AUTHOR_NAME: 'T',
    GIT_AUTHOR_EMAIL: 't@example.com',
    GIT_COMMITTER_NAME: 'T',
    GIT_COMMITTER_EMAIL: 't@example.com',
  }
  await execute('git', ['init', '--quiet', '--initial-branch=main', repository], { env })
  await writeFile(path.join(repository, 'server.js'), server)
  await writeFile(path.join(repository, 'Procfile'), 'web: node server.js\n')
  const git = (...args: string[]) => execute('git', args, { cwd: repository, env })
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'First')
  await git('push', '--quiet', `${host}/kept.git`, 'main')
}

/** An app with code, a database with a table and a backup of it, and a pipeline. */
async function prepare(emulator: EmulatorProcess, call: Call): Promise<void> {
  await call('POST', '/apps', { name: 'kept' })
  const { id } = await call<{ id: string }>('POST', '/apps/kept/addons', {
    plan: 'heroku-postgresql:standard-0',
  })
  await push(emulator)
  await eventually('the database', async () => ((await databaseUrl(call)) === '' ? undefined : true))
  await withDatabase(await databaseUrl(call), (client) =>
    client.query('CREATE TABLE acknowledged (count int PRIMARY KEY); INSERT INTO acknowledged VALUES (-1)'),
  )
  await call('POST', `/client/v11/databases/${id}/backups`)
  await eventually('the backup', async () => {
    const [backup] = await call<{ succeeded: boolean }[]>('GET', '/client/v11/apps/kept/transfers')
    return backup?.succeeded === true ? true : undefined
  })
  await call('POST', '/pipelines', { name: 'river' })
  await call('POST', '/pipeline-couplings', { app: 'kept', pipeline: 'river', stage: 'production' })
}

/** Sets a config var and inserts a row, over and over, until the emulator is gone; resolves with what was acknowledged. */
async function work(call: Call): Promise<{ release: number; rows: number }> {
  const acknowledged = { release: -1, rows: -1 }
  const url = await databaseUrl(call)
  const setVars = async () => {
    for (let count = 0; ; count += 1) {
      await call('PATCH', '/apps/kept/config-vars', { COUNT: String(count) })
      acknowledged.release = count
    }
  }
  const insertRows = () =>
    withDatabase(url, async (client) => {
      for (let count = 0; ; count += 1) {
        await client.query('INSERT INTO acknowledged VALUES ($1)', [count])
        acknowledged.rows = count
      }
    })
  await Promise.allSettled([setVars(), insertRows()])
  return acknowledged
}

test('apps, releases, slugs, databases, backups and pipelines outlive kill -9 in the middle of the work', async () => {
  const state = path.join(directory, 'state')
  const log = (name: string) => path.join(directory, name)
  const before = await withEmulatorProcess(state, log('1.log'), async (emulator) => {
    const call = callOf(emulator)
    await prepare(emulator, call)
    const working = work(call)
    await eventually('some releases', async () =>
      (await call<unknown[]>('GET', '/apps/kept/releases')).length > 20 ? true : undefined,
    )
    await emulator.kill()
    return { acknowledged: await working, environment: emulator.environment }
  })
  expect(before.acknowledged.release).toBeGreaterThan(5)
  expect(before.acknowledged.rows).toBeGreaterThan(5)

  await withEmulatorProcess(state, log('2.log'), async (emulator) => {
    expect(emulator.environment).toEqual(before.environment)
    const call = callOf(emulator)
    const { COUNT: count } = await call<Record<string, string>>('GET', '/apps/kept/config-vars')
    expect(Number(count)).toBeGreaterThanOrEqual(before.acknowledged.release)
    const releases = await call<{ description: string; status: string }[]>('GET', '/apps/kept/releases')
    expect(
      releases.filter(({ description }) => description === 'Set COUNT config vars').length,
    ).toBeGreaterThan(before.acknowledged.release)
    const { web_url: address } = await call<{ web_url: string }>('GET', '/apps/kept')
    const served = await eventually('the app to serve', async () =>
      /^served (\d+)$/.exec(await (await fetch(address)).text())?.at(1),
    )
    // The change under way when it was killed may have been stored and yet not released: nobody was told of it.
    expect(Number(served)).toBeGreaterThanOrEqual(before.acknowledged.release)
    expect(Number(served)).toBeLessThanOrEqual(Number(count))
    const url = await databaseUrl(call)
    const rows = () =>
      withDatabase(url, async (client) => {
        const { rows } = await client.query<{ count: number }>('SELECT count FROM acknowledged ORDER BY 1')
        return rows.map((row) => row.count)
      })
    expect((await rows()).length).toBeGreaterThanOrEqual(before.acknowledged.rows + 2)
    expect(await call('GET', '/apps/kept/pipeline-couplings')).toMatchObject({ pipeline: { name: 'river' } })

    const [backup] = await call<{ to_url: string }[]>('GET', '/client/v11/apps/kept/transfers')
    const [addon] = await call<{ id: string }[]>('GET', '/apps/kept/addons')
    await call('POST', `/client/v11/databases/${addon?.id}/restores`, { backup_url: backup?.to_url })
    await eventually('the restore', async () => {
      const transfers = await call<{ succeeded: boolean }[]>('GET', '/client/v11/apps/kept/transfers')
      return transfers.length === 2 && transfers.every(({ succeeded }) => succeeded) ? true : undefined
    })
    expect(await rows()).toEqual([-1])
  })
})
