import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSession } from '../../../test/support/backups-session.ts'
import { eventually, type Session } from '../../../test/support/emulator-session.ts'

let session: Session
let close: () => Promise<void>
let apps = 0

beforeAll(async () => {
  ;({ session, close } = await openSession({ timeScale: 0.01 }))
})

afterAll(() => close())

/** A new app on the emulator that the tests of this file share. */
async function createApp(): Promise<string> {
  const app = `lock-${++apps}`
  await session.call('POST', '/apps', { name: app })
  return app
}

async function withApp(use: (app: string, call: Session['call']) => Promise<void>): Promise<void> {
  await use(await createApp(), session.call)
}

async function createAddon(app: string, body: Record<string, unknown>): Promise<string> {
  const made = await session.call('POST', `/apps/${app}/addons`, body)
  expect(made).toMatchObject({ status: 201, body: { state: 'provisioning' } })
  const name = String(made.body['name'])
  await provisioned(name)
  return name
}

async function provisioned(name: string) {
  return await eventually('the add-on to be provisioned', async () => {
    const { body } = await session.call('GET', `/addons/${name}`)
    return body['state'] === 'provisioned' ? body : undefined
  })
}

async function configVars(app: string) {
  return (await session.call('GET', `/apps/${app}/config-vars`)).body as unknown as Record<string, string>
}

async function releases(app: string): Promise<unknown[]> {
  const { body } = await session.call('GET', `/apps/${app}/releases`)
  return (body as unknown as { description: string }[]).map(({ description }) => description)
}

async function select(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('add-ons', () => {
  test('the first database becomes DATABASE_URL, with a release, once it can be used', async () => {
    await withApp(async (app) => {
      const { call } = session
      const made = await call('POST', `/apps/${app}/addons`, { plan: 'heroku-postgresql:standard-0' })
      expect(made.body).toMatchObject({
        state: 'provisioning',
        plan: { name: 'heroku-postgresql:standard-0', price: { cents: 5000 } },
        addon_service: { name: 'heroku-postgresql' },
        app: { name: app },
        config_vars: ['DATABASE_URL'],
      })
      expect(await configVars(app)).toEqual({})
      const name = String(made.body['name'])
      const id = String(made.body['id'])
      expect((await call('GET', `/client/v11/databases/${id}`)).status).toBe(404)
      expect((await call('GET', `/client/v11/databases/${id}/wait_status`)).body).toMatchObject({
        'waiting?': true,
      })
      await provisioned(name)
      expect((await call('GET', `/client/v11/databases/${id}/wait_status`)).body).toMatchObject({
        'waiting?': false,
      })
      const { DATABASE_URL: url } = await configVars(app)
      expect(url).toMatch(/^postgres:\/\//)
      expect(await select(url, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(await releases(app)).toEqual([
        'Initial release',
        'Enable Logplex',
        `Attach DATABASE (@ref:${name})`,
      ])
      expect((await call('PATCH', `/apps/${app}/config-vars`, { DATABASE_URL: 'x' })).status).toBe(422)
    })
  })

  test('a second one gets a colour, a fork has the contents, and the lists show them', async () => {
    await withApp(async (app) => {
      const { call } = session
      const first = await createAddon(app, { plan: { name: 'heroku-postgresql:standard-0' } })
      await select((await configVars(app))['DATABASE_URL'], 'create table t as select 7 as n')
      const config = { fork: 'DATABASE_URL' }
      const second = await createAddon(app, {
        plan: 'heroku-postgresql:premium-0',
        config,
        attachment: {},
      })
      const vars = await configVars(app)
      const color = Object.keys(vars).find((name) => name !== 'DATABASE_URL') ?? ''
      expect(color).toMatch(/^HEROKU_POSTGRESQL_[A-Z]+_URL$/)
      expect(await select(vars[color], 'select n from t')).toEqual([{ n: 7 }])
      expect((await call('GET', `/apps/${app}/addons`)).body).toMatchObject([
        { name: first },
        { name: second },
      ])
      expect((await call('GET', '/addons')).body).toContainEqual(expect.objectContaining({ name: second }))
      expect((await call('GET', `/apps/${app}/addons/${color.replace('_URL', '')}`)).body).toMatchObject({
        name: second,
      })
      const attachments = await call('GET', `/apps/${app}/addon-attachments`)
      expect(attachments.body).toMatchObject([
        {
          name: 'DATABASE',
          addon: { name: first, app: { name: app }, plan: { name: 'heroku-postgresql:standard-0' } },
          app: { name: app },
          config_vars: ['DATABASE_URL'],
        },
        { addon: { name: second } },
      ])
    })
  })

  test('refuses what Heroku does not sell, a taken name, and a fork of nothing', async () => {
    await withApp(async (app, call) => {
      const create = (body: unknown) => call('POST', `/apps/${app}/addons`, body)
      expect((await create({ plan: 'heroku-postgresql:huge-9' })).status).toBe(404)
      expect((await create({ plan: 'redis' })).body).toMatchObject({ id: 'not_found' })
      expect((await create({})).status).toBe(422)
      const plan = 'heroku-postgresql:standard-0'
      expect((await create({ plan, config: { fork: 'DATABASE' } })).status).toBe(422)
      expect((await create({ plan, config: { rollback: true } })).status).toBe(422)
      expect((await create({ plan, config: { version: 9 } })).status).toBe(422)
      expect((await create({ plan: 'heroku-postgresql', config: { fork: 'DATABASE' } })).status).toBe(422)
      expect((await create({ plan, config: { version: '17' }, name: 'mine' })).status).toBe(201)
      expect((await create({ plan, name: 'mine' })).status).toBe(422)
      expect((await create({ plan, attachment: { name: 'DATABASE' } })).body).toMatchObject({
        id: 'confirmation_required',
      })
      await call('PATCH', `/apps/${app}/config-vars`, { OTHER_URL: 'mine' })
      expect((await create({ plan, attachment: { name: 'OTHER' } })).status).toBe(422)
      expect((await call('POST', '/apps/none/addons', { plan })).body).toMatchObject({ resource: 'app' })
      expect((await call('GET', '/addons/none')).body).toMatchObject({ id: 'not_found', resource: 'add_on' })
    })
  })

  test('a destroyed one is gone with its config vars and its database', async () => {
    await withApp(async (app) => {
      const { call } = session
      const name = await createAddon(app, { plan: 'heroku-postgresql:essential-0' })
      const { DATABASE_URL: url } = await configVars(app)
      expect((await call('DELETE', `/apps/${app}/addons/${name}`)).body).toMatchObject({
        state: 'deprovisioned',
      })
      expect(await configVars(app)).toEqual({})
      expect((await releases(app)).at(-1)).toBe(`Detach DATABASE (@ref:${name})`)
      expect((await call('GET', `/addons/${name}`)).status).toBe(404)
      await expect(select(url, 'select 1')).rejects.toThrow()
      const hasty = await call('POST', `/apps/${app}/addons`, { plan: 'heroku-postgresql' })
      await call('DELETE', `/apps/${app}/addons/${String(hasty.body['name'])}`)
      await createAddon(app, { plan: 'heroku-postgresql' })
      expect(Object.keys(await configVars(app))).toEqual(['DATABASE_URL'])
    })
  })

  test('the catalogue has the service and its plans', async () => {
    await withApp(async (_app, call) => {
      const plans = await call('GET', '/addon-services/heroku-postgresql/plans')
      expect(plans.body).toContainEqual(expect.objectContaining({ name: 'heroku-postgresql:standard-0' }))
      expect((await call('GET', '/plans/heroku-postgresql:essential-0')).body).toMatchObject({
        default: true,
      })
      expect((await call('GET', '/addon-services')).body).toMatchObject([{ name: 'heroku-postgresql' }])
      expect((await call('GET', '/plans/none')).status).toBe(404)
      expect((await call('GET', '/addon-services/none/plans')).status).toBe(404)
    })
  })
})

describe('attachments', () => {
  test('are found by name, config var, id, colour and add-on', async () => {
    await withApp(async (app) => {
      const { call } = session
      const name = await createAddon(app, { plan: 'heroku-postgresql:standard-0' })
      const resolve = (text: string, more = {}) =>
        call('POST', '/actions/addon-attachments/resolve', { addon_attachment: text, app, ...more })
      const found = await resolve('DATABASE_URL')
      expect(found.body).toMatchObject([{ name: 'DATABASE', addon: { name } }])
      const id = String(found.body[0]?.['id'])
      for (const text of ['DATABASE', 'database', id, name])
        expect((await resolve(text)).body).toMatchObject([{ id }])
      expect((await call('GET', `/addon-attachments/${id}`)).body).toMatchObject({ id })
      expect((await call('GET', `/apps/${app}/addon-attachments/DATABASE`)).body).toMatchObject({ id })
      expect(await resolve('BLUE')).toMatchObject({ status: 404, body: { id: 'not_found' } })
      expect((await resolve('DATABASE', { addon_service: 'heroku-redis' })).status).toBe(404)
      const addons = await call('POST', '/actions/addons/resolve', { addon: 'DATABASE', app })
      expect(addons.body).toMatchObject([{ name, plan: { name: 'heroku-postgresql:standard-0' } }])
      expect((await call('POST', '/actions/addons/resolve', { addon: 'none', app })).status).toBe(404)
      expect((await call('GET', `/addons/${name}/addon-attachments`)).body).toMatchObject([{ id }])
    })
  })

  test('give a second app the same database', async () => {
    await withApp(async (app) => {
      const { call } = session
      const other = await createApp()
      const name = await createAddon(app, { plan: 'heroku-postgresql:standard-0' })
      const body = { addon: { name }, app: { name: other }, name: 'SHARED' }
      const made = await call('POST', '/addon-attachments', body)
      expect(made).toMatchObject({ status: 201, body: { name: 'SHARED', addon: { app: { name: app } } } })
      expect(await configVars(other)).toEqual({
        SHARED_URL: (await configVars(app))['DATABASE_URL'],
      })
      expect((await call('POST', '/addon-attachments', body)).status).toBe(422)
      expect((await call('DELETE', `/addon-attachments/${String(made.body['id'])}`)).body).toMatchObject({
        name: 'SHARED',
      })
      expect(await configVars(other)).toEqual({})
      expect((await releases(other)).slice(-2)).toEqual([
        `Attach SHARED (@ref:${name})`,
        `Detach SHARED (@ref:${name})`,
      ])
    })
  })

  test('are replaced only when confirmed, as pg:promote does', async () => {
    await withApp(async (app) => {
      const { call } = session
      const [first, second] = [
        await createAddon(app, { plan: 'heroku-postgresql:standard-0' }),
        await createAddon(app, { plan: 'heroku-postgresql:standard-0' }),
      ]
      const promote = { addon: { name: second }, app: { name: app }, name: 'DATABASE', namespace: null }
      const refused = await call('POST', '/addon-attachments', promote)
      expect(refused).toMatchObject({ status: 400, body: { id: 'confirmation_required' } })
      const before = await configVars(app)
      await call('POST', '/addon-attachments', { ...promote, confirm: app })
      const after = await configVars(app)
      const color = Object.keys(before).find((name) => name !== 'DATABASE_URL') ?? ''
      expect(after['DATABASE_URL']).toBe(before[color])
      expect((await releases(app)).slice(-2)).toEqual([
        `Detach DATABASE (@ref:${first})`,
        `Attach DATABASE (@ref:${second})`,
      ])
    })
  })
})
