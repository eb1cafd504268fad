import { beforeEach, expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset } from '../../test/support/scripted-server.ts'
import { resolveDatabase } from './addons.ts'

const heroku = eachWithScriptedHeroku()

beforeEach(() => {
  heroku.server.script(
    'GET /apps/x/config-vars',
    json({ DATABASE_URL: 'postgres://one', BLUE_URL: 'postgres://one' }),
  )
})

const resolve = 'POST /actions/addon-attachments/resolve'

function attachment(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    addon: {
      id: 'addon-1',
      name: 'postgresql-round-1',
      app: { id: 'i', name: 'billing' },
      plan: { id: 'p', name: 'heroku-postgresql:standard-0' },
      ...more,
    },
    config_vars: [`${name}_URL`],
  }
}

const expected = {
  addonId: 'addon-1',
  addonName: 'postgresql-round-1',
  billingApp: 'billing',
  configVar: 'DATABASE_URL',
  url: 'postgres://one',
  plan: 'heroku-postgresql:standard-0',
}

test.each(['DATABASE', 'DATABASE_URL'])('finds the database behind %s', async (name) => {
  heroku.server.script(resolve, reset, json([attachment('DATABASE')]))
  expect(await resolveDatabase(heroku.client, 'x', name)).toEqual(expected)
  const asked = heroku.server.asked.find(({ method }) => method === 'POST')
  expect(JSON.parse(asked?.body ?? '')).toEqual({ addon_attachment: 'DATABASE', app: 'x' })
  expect(asked?.headers['accept-inclusion']).toBe('addon:plan,config_vars')
})

test('finds it by the value of a config var that has no attachment of its name', async () => {
  heroku.server.script(resolve, json({ id: 'not_found', resource: 'attachment' }, 404))
  heroku.server.script('GET /apps/x/addon-attachments', json([attachment('BLUE')]))
  expect(await resolveDatabase(heroku.client, 'x', 'DATABASE')).toEqual({
    ...expected,
    configVar: 'BLUE_URL',
  })
})

test('says how to name it when there is none', async () => {
  heroku.server.script(resolve, json({ id: 'not_found' }, 404))
  heroku.server.script('GET /apps/x/addon-attachments', json([]))
  const error: unknown = await resolveDatabase(heroku.client, 'x', 'GREEN').catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    exitCode: 7,
    message: 'The app "x" has no Postgres database attached as GREEN.',
  })
  expect(JSON.stringify(error)).toContain('heroku addons --app x')
})

test('is no other kind of add-on', async () => {
  heroku.server.script(resolve, json([attachment('DATABASE', { plan: { name: 'heroku-redis:mini' } })]))
  await expect(resolveDatabase(heroku.client, 'x', 'DATABASE')).rejects.toThrow(
    '"DATABASE" of the app "x" is heroku-redis:mini and not a Heroku Postgres.',
  )
})

test('is not guessed from two', async () => {
  heroku.server.script(resolve, json([attachment('DATABASE'), attachment('DATABASE', { id: 'addon-2' })]))
  await expect(resolveDatabase(heroku.client, 'x', 'DATABASE')).rejects.toThrow('more than one database')
})

test('is not there before its config var is', async () => {
  heroku.server.script('GET /apps/x/config-vars', json({}))
  heroku.server.script(resolve, json([attachment('DATABASE')]))
  await expect(resolveDatabase(heroku.client, 'x', 'DATABASE')).rejects.toThrow('may still be provisioning')
})
