import { expect, test } from 'vitest'
import type { Files } from '../tasks/demo/example-files.ts'
import { badHealth } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

const additive = async (world: World): Promise<Files> =>
  (await badHealth.change?.((path) => world.repository.read(path))) ?? {}

test.each(['push rejected', 'build fails'])(
  '%s: the migration is taken back, no release is made',
  async (fault) => {
    await withWorld({}, async (world) => {
      const before = await world.snapshot()
      await world.repository.commit('Add a column', await additive(world))
      await world.fault({ fault, app: world.app, times: 1 })
      const run = await world.deploy()
      expectExit(run, 4)
      await expectRolledBack(world, before)
      expect(await world.snapshot()).toMatchObject({
        version: before.version,
        remoteCommit: before.remoteCommit,
      })
    })
  },
)

test('a build that fails by itself shows why', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await world.repository.commit('Break the build', {
      'package.json':
        '{"name":"parcels","scripts":{"heroku-postbuild":"echo no such compiler >&2; exit 1"}}\n',
    })
    const run = await world.deploy()
    expectExit(run, 4)
    expect(run.output).toContain('no such compiler')
    await expectRolledBack(world, before)
  })
})
