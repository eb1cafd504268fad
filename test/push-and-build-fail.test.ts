import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

test('a push that is rejected or a build that fails: the migration is taken back, no release is made', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await commitStory(world, goodRelease)
    for (const fault of ['push rejected', 'build fails']) {
      await world.fault({ fault, app: world.app, times: 1 })
      expectExit(await world.deploy(), 4)
      await expectRolledBack(world, before)
      const { version, remoteCommit } = before
      expect(await world.snapshot(), fault).toMatchObject({ version, remoteCommit })
    }

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
