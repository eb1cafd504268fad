import assert from 'node:assert/strict'
import type { Check } from './cli.ts'
import type { World } from './world.ts'

interface Addon {
  readonly name: string
  readonly state: string
}

/** Add-ons and databases: made, forked, copied, promoted, shared with another app, emptied and destroyed. */
export async function checkDatabases(world: World, check: Check): Promise<void> {
  const app = ['--app', 'basin']
  const addons = () => world.get<Addon[]>('/apps/basin/addons')
  const vars = (name = 'basin') => world.get<Record<string, string>>(`/apps/${name}/config-vars`)
  await check('apps:create', ['create', 'basin', '--no-remote'], { prints: [/done/] })
  await check('addons:create', ['addons:create', 'heroku-postgresql:standard-0', '--wait', ...app], {
    prints: [
      /Creating heroku-postgresql:standard-0 on .*basin.*\$50\/month/,
      /Created .*postgresql-\S+ as .*DATABASE_URL/,
    ],
    effect: async () => assert.match((await vars())['DATABASE_URL'] ?? '', /^postgres:\/\//),
  })
  const [first = ''] = (await addons()).map(({ name }) => name)
  await check('addons', ['addons', ...app], {
    prints: [new RegExp(first), /standard-0/, /as DATABASE/, /created/],
  })
  await check('addons:info', ['addons:info', first, ...app], {
    prints: [
      new RegExp(`=== ${first}`),
      /Plan: +heroku-postgresql:standard-0/,
      /Owning app: +basin/,
      /State: +created/,
    ],
  })
  await check('addons:plans', ['addons:plans', 'heroku-postgresql'], {
    prints: [/heroku-postgresql:standard-0 .*\$50\/month/],
  })
  await check('pg:info', ['pg:info', ...app], {
    prints: [
      /=== DATABASE_URL/,
      /Plan: +Standard 0/,
      /Status: +Available/,
      /Connections: +\d+\/120/,
      new RegExp(`Add-on: +${first}`),
    ],
  })
  await check('pg:wait', ['pg:wait', ...app], {})
  await check('pg:credentials', ['pg:credentials', ...app], { prints: [/default +active/] })
  await world.query('basin', 'CREATE TABLE boats AS SELECT 7 AS length')
  await checkSecondDatabase(world, check, app)
  await checkSharing(world, check, first)
  await check('pg:reset', ['pg:reset', 'DATABASE_URL', '--confirm', 'basin', ...app], {
    prints: [/Resetting .*done/],
    effect: () => assert.rejects(world.query('basin', 'SELECT * FROM boats'), /does not exist/),
  })
  await check('addons:destroy', ['addons:destroy', first, '--confirm', 'basin', ...app], {
    prints: [new RegExp(`Destroying .*${first}.*done`)],
    effect: async () => assert.equal((await addons()).length, 1),
  })
}

async function checkSecondDatabase(world: World, check: Check, app: string[]): Promise<void> {
  const vars = () => world.get<Record<string, string>>('/apps/basin/config-vars')
  const fork = ['heroku-postgresql:standard-0', '--as', 'BLUE', ...app, '--', '--fork', 'DATABASE']
  await check('addons:create --fork', ['addons:create', ...fork], {
    prints: [/Creating heroku-postgresql:standard-0 on .*basin/, /is being created in the background/],
  })
  await check('addons:wait', ['addons:wait', ...app], {
    effect: async () => {
      const addons = await world.get<Addon[]>('/apps/basin/addons')
      assert.ok(addons.length === 2 && addons.every(({ state }) => state === 'provisioned'))
    },
  })
  await check('pg:promote', ['pg:promote', 'BLUE', ...app], {
    prints: [
      /Ensuring an alternate alias for existing .*DATABASE_URL.*HEROKU_POSTGRESQL_\w+_URL/,
      /Promoting .* to .*DATABASE_URL.* on .*basin.*done/,
    ],
    effect: async () => {
      const { DATABASE_URL, BLUE_URL } = await vars()
      assert.equal(DATABASE_URL, BLUE_URL)
      // What the fork was made of came along.
      assert.deepEqual(await world.query('basin', 'SELECT length FROM boats'), [{ length: 7 }])
    },
  })
  await world.query('basin', 'UPDATE boats SET length = 9')
  const old = Object.keys(await vars()).find((name) => name.startsWith('HEROKU_POSTGRESQL_')) ?? ''
  const colour = old.replace(/^HEROKU_POSTGRESQL_|_URL$/g, '')
  await check('pg:copy', ['pg:copy', 'DATABASE_URL', old, '--confirm', colour, ...app], {
    prints: [/Starting copy of DATABASE to \w+.*done/, /Copying.*done/],
  })
  await check('pg:killall', ['pg:killall', ...app], {
    prints: [/Terminating connections for all credentials.*done/],
  })
}

async function checkSharing(world: World, check: Check, addon: string): Promise<void> {
  const vars = (name: string) => world.get<Record<string, string>>(`/apps/${name}/config-vars`)
  await check('apps:create', ['create', 'sluice', '--no-remote'], { prints: [/done/] })
  await check('addons:attach', ['addons:attach', addon, '--as', 'SHARED', '--app', 'sluice'], {
    prints: [/Attaching .* as .*SHARED.* to .*sluice.*done/, /Setting SHARED.*restarting .*sluice.*done, v3/],
    effect: async () =>
      assert.ok(Object.values(await vars('basin')).includes((await vars('sluice'))['SHARED_URL'] ?? '')),
  })
  await check('addons:detach', ['addons:detach', 'SHARED', '--app', 'sluice'], {
    prints: [/Detaching .*SHARED.*done/, /done, v4/],
    effect: async () => assert.deepEqual(await vars('sluice'), {}),
  })
}
