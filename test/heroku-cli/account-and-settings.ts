import assert from 'node:assert/strict'
import type { Check } from './cli.ts'
import type { World } from './world.ts'

interface App {
  readonly name: string
  readonly maintenance: boolean
}

/** Who one is, and an app without code: made, set, told about, renamed and destroyed. */
export async function checkAccountAndSettings(world: World, check: Check): Promise<void> {
  const app = ['--app', 'plain']
  const read = () => world.get<App>('/apps/plain')
  await checkAccount(world, check)
  await check('apps:create', ['apps:create', 'plain', '--no-remote'], {
    prints: [
      /Creating .*plain.*done/,
      /http:\/\/127\.0\.0\.1:\d+\/ \| https:\/\/127\.0\.0\.1:\d+\/plain\.git/,
    ],
    effect: async () => assert.equal((await read()).name, 'plain'),
  })
  await check('apps', ['apps'], { prints: [/=== developer@example\.com Apps/, /^plain$/m] })
  await check('apps:info', ['apps:info', ...app], {
    prints: [
      /=== plain/,
      /Owner: +developer@example\.com/,
      /Web URL: +http:\/\/127\.0\.0\.1:\d+\//,
      /Stack: +heroku-24/,
    ],
  })
  await checkConfig(world, check, app)
  await checkMaintenance(read, check, app)
  await checkFeatures(world, check, app)
  await check('domains', ['domains', ...app], { prints: [/plain Heroku Domain/, /127\.0\.0\.1:\d+/] })
  await check('access', ['access', ...app], { prints: [/developer@example\.com\s+owner/] })
  await check('apps:rename', ['apps:rename', 'plainer', ...app], {
    prints: [/Renaming .*plain.* to .*plainer.*done/],
    effect: async () => void (await world.get('/apps/plainer')),
  })
  await check('apps:destroy', ['apps:destroy', '--app', 'plainer', '--confirm', 'plainer'], {
    prints: [/Destroying .*plainer.*done/],
    effect: () => assert.rejects(world.get('/apps/plainer'), /404/),
  })
}

async function checkAccount(world: World, check: Check): Promise<void> {
  await check('auth:whoami', ['auth:whoami'], { prints: [/^developer@example\.com$/m] })
  await check('auth:token', ['auth:token'], {
    effect: (output) => assert.match(output, new RegExp(`^${world.environment['HEROKU_API_KEY']}$`, 'm')),
  })
  await check('teams', ['teams'], { prints: [/Team +Role/] })
}

async function checkConfig(world: World, check: Check, app: string[]): Promise<void> {
  const vars = () => world.get<Record<string, string>>('/apps/plain/config-vars')
  await check('config:set', ['config:set', 'FOO=bär', 'BAZ=1', ...app], {
    prints: [/Setting .*FOO.*BAZ.* and restarting .*plain.*done, v3/, /FOO: bär/],
    effect: async () => assert.deepEqual(await vars(), { FOO: 'bär', BAZ: '1' }),
  })
  await check('config', ['config', ...app], { prints: [/=== plain Config Vars/, /FOO: +bär/, /BAZ: +1/] })
  await check('config:get', ['config:get', 'FOO', ...app], { prints: [/^bär$/m] })
  await check('config:unset', ['config:unset', 'FOO', ...app], {
    prints: [/Unsetting .*FOO.* and restarting .*plain.*done, v4/],
    effect: async () => assert.deepEqual(await vars(), { BAZ: '1' }),
  })
}

async function checkMaintenance(read: () => Promise<App>, check: Check, app: string[]): Promise<void> {
  await check('maintenance:on', ['maintenance:on', ...app], {
    prints: [/Enabling maintenance mode for .*plain.*done/],
    effect: async () => assert.equal((await read()).maintenance, true),
  })
  await check('maintenance', ['maintenance', ...app], { prints: [/^on$/m] })
  await check('maintenance:off', ['maintenance:off', ...app], {
    prints: [/Disabling maintenance mode for .*plain.*done/],
    effect: async () => assert.equal((await read()).maintenance, false),
  })
}

async function checkFeatures(world: World, check: Check, app: string[]): Promise<void> {
  const enabled = async () => (await world.get<{ enabled: boolean }>('/apps/plain/features/preboot')).enabled
  await check('features', ['features', ...app], { prints: [/App Features/, /\[ \] preboot/] })
  await check('features:enable', ['features:enable', 'preboot', ...app], {
    prints: [/Enabling .*preboot.* for .*plain.*done/],
    effect: async () => assert.equal(await enabled(), true),
  })
  await check('features:info', ['features:info', 'preboot', ...app], { prints: [/Enabled: +true/] })
  await check('features:disable', ['features:disable', 'preboot', ...app], {
    prints: [/Disabling .*preboot.* for .*plain.*done/],
    effect: async () => assert.equal(await enabled(), false),
  })
}
