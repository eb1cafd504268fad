/** The client library that many Heroku tools are built on, unmodified, as a second client besides Heroku's CLI. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, withSession, type Session } from '../../test/support/emulator-session.ts'

/** The package has no types of its own. */
interface Client {
  get<T>(path: string, options?: object): Promise<T>
  post<T>(path: string, options?: object): Promise<T>
  patch<T>(path: string, options?: object): Promise<T>
  delete<T>(path: string, options?: object): Promise<T>
}
interface Named {
  readonly id: string
  readonly name: string
}

const HerokuClient = createRequire(import.meta.url)('heroku-client') as new (options: object) => Client
const openClient = (host: string, token: string) => new HerokuClient({ host, token })

let session: Session
let client: Client
let close: () => void
let closed: Promise<void>
beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    closed = withSession({}, async (opened) => {
      session = opened
      client = openClient(opened.emulator.url, opened.emulator.token)
      const end = new Promise<void>((resolve) => (close = resolve))
      ready()
      await end
    })
    closed.catch(failed)
  })
})
afterAll(async () => {
  close()
  await closed
})

test('creates, reads, changes and destroys an app, with its Basic authorization and its Range on every request', async () => {
  const app = await client.post<Named>('/apps', { body: { name: 'boat' } })
  expect(app).toMatchObject({ name: 'boat', maintenance: false })
  expect(await client.get(`/apps/${app.id}`)).toMatchObject({ name: 'boat' })
  expect(await client.patch('/apps/boat', { body: { maintenance: true } })).toMatchObject({
    maintenance: true,
  })
  expect(await client.patch('/apps/boat/config-vars', { body: { GREETING: 'grüß dich' } })).toEqual({
    GREETING: 'grüß dich',
  })
  expect(await client.get('/apps/boat/releases')).toHaveLength(3)
  expect(await client.delete('/apps/boat')).toMatchObject({ name: 'boat' })
})

test('waits for a database and its backup', async () => {
  await client.post('/apps', { body: { name: 'dock' } })
  const addon = await client.post<Named>('/apps/dock/addons', {
    body: { plan: 'heroku-postgresql:standard-0' },
  })
  await eventually('the database', async () => {
    const { state } = await client.get<{ state: string }>(`/addons/${addon.name}`)
    return state === 'provisioned' ? true : undefined
  })
  const backup = await client.post<{ uuid: string }>(`/client/v11/databases/${addon.id}/backups`)
  const path = `/client/v11/apps/dock/transfers/${backup.uuid}`
  await eventually('the backup', async () => {
    const { succeeded } = await client.get<{ succeeded: boolean | null }>(path)
    return succeeded === true ? true : undefined
  })
})

test('errors have their status and body, a bad token too', async () => {
  await expect(client.get('/apps/nowhere')).rejects.toMatchObject({
    statusCode: 404,
    body: { id: 'not_found', resource: 'app' },
  })
  await expect(client.post('/apps', { body: { name: 'X' } })).rejects.toMatchObject({ statusCode: 422 })
  const stranger = openClient(session.emulator.url, 'wrong')
  await expect(stranger.get('/account')).rejects.toMatchObject({ statusCode: 401 })
})

test('puts the pages of a long list together by itself', async () => {
  const { platform } = session.emulator
  await client.post('/apps', { body: { name: 'barge' } })
  const app = platform.store.app('barge')
  if (app === undefined) throw new Error('There is no app')
  for (let count = 0; count < 1100; count += 1) platform.releases.create(app, { description: `R${count}` })
  const first = await client.get<unknown[]>('/apps/barge/releases', { partial: true })
  expect(first).toHaveLength(1000)
  const all = await client.get<{ id: string }[]>('/apps/barge/releases')
  expect(all).toHaveLength(1102)
  expect(new Set(all.map(({ id }) => id)).size).toBe(1102)
})

test('tries again after a socket error, and finds what is there then', async () => {
  await session.call('POST', '/_emulator/faults', { path: '^/apps$', method: 'GET', reset: true, times: 1 })
  expect(await client.get<Named[]>('/apps')).toContainEqual(expect.objectContaining({ name: 'dock' }))
})

test('a create whose answer was lost is made a second time, and told that the name is taken', async () => {
  await session.call('POST', '/_emulator/faults', { path: '^/apps$', method: 'POST', cut: 0, times: 1 })
  await expect(client.post('/apps', { body: { name: 'twice' } })).rejects.toMatchObject({ statusCode: 422 })
  expect(await client.get('/apps/twice')).toMatchObject({ name: 'twice' })
})

test('gets through to an emulator that is not there yet', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  holder.close()
  await once(holder, 'close')
  const early = openClient(`http://127.0.0.1:${port}`, 'early')
  const asked = early.get('/account')
  await withSession({ port, token: 'early' }, async () => {
    expect(await asked).toMatchObject({ email: 'developer@example.com' })
  })
})

test('429 and 503 come through at once: it does not retry statuses', async () => {
  for (const status of [429, 503]) {
    await session.call('POST', '/_emulator/faults', { path: '^/apps$', status, times: 1 })
    await expect(client.get('/apps')).rejects.toMatchObject({ statusCode: status })
  }
})
