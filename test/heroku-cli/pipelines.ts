import assert from 'node:assert/strict'
import type { Check } from './cli.ts'
import { serves } from './code.ts'
import type { World } from './world.ts'

/** Two apps in a pipeline, and the promotion of one to the other. */
export async function checkPipelines(world: World, check: Check): Promise<void> {
  const stage = async (app: string) =>
    (await world.get<{ stage: string }>(`/apps/${app}/pipeline-couplings`)).stage
  await check('apps:create', ['create', 'canal-production', '--no-remote'], { prints: [/done/] })
  await check('pipelines:create', ['pipelines:create', 'waterway', '--app', 'canal', '--stage', 'staging'], {
    prints: [
      /Creating .*waterway.* pipeline.*done/,
      /Adding .*canal.* to .*waterway.* pipeline as staging.*done/,
    ],
    effect: async () => assert.equal(await stage('canal'), 'staging'),
  })
  await check(
    'pipelines:add',
    ['pipelines:add', 'waterway', '--app', 'canal-production', '--stage', 'production'],
    {
      prints: [/Adding .*canal-production.* to .*waterway.* pipeline as production.*done/],
      effect: async () => assert.equal(await stage('canal-production'), 'production'),
    },
  )
  await check('pipelines', ['pipelines'], { prints: [/^waterway$/m] })
  await check('pipelines:info', ['pipelines:info', 'waterway'], {
    prints: [
      /=== waterway/,
      /owner: developer@example\.com/,
      /canal +staging/,
      /canal-production +production/,
    ],
  })
  await check('pipelines:promote', ['pipelines:promote', '--app', 'canal'], {
    prints: [
      /Starting promotion to production/,
      /migrating for v3/,
      /Promotion successful/,
      /canal-production: succeeded/,
    ],
    effect: async () => {
      const { description } = await world.get<{ description: string }>('/apps/canal-production/releases/3')
      assert.match(description, /^Promote canal v7 [\da-f]{8}$/)
      await serves(world, 'canal-production', 'v3')
    },
  })
  await check('pipelines:update', ['pipelines:update', '--app', 'canal', '--stage', 'development'], {
    prints: [/Changing .*canal.* to development.*done/],
    effect: async () => assert.equal(await stage('canal'), 'development'),
  })
  await check('pipelines:remove', ['pipelines:remove', '--app', 'canal'], {
    prints: [/Removing .*canal.*done/],
    effect: () => assert.rejects(stage('canal'), /404/),
  })
  await check('pipelines:destroy', ['pipelines:destroy', 'waterway'], {
    prints: [/Destroying .*waterway.* pipeline.*done/],
    effect: async () => assert.deepEqual(await world.get('/pipelines'), []),
  })
}
