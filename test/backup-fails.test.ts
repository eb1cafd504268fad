import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('a backup that fails, or never ends, stops the deploy before anything has changed', async () => {
  await withWorld({}, async (world) => {
    await commitStory(world, goodRelease)
    const settings = await world.repository.read('lockkeeper.yml')
    await world.repository.commit('Be less patient', {
      'lockkeeper.yml': `${settings}\nbackup:\n  deadline: 60\n`,
    })
    const before = await world.snapshot()
    for (const fault of ['backup fails', 'backup hangs']) {
      await world.fault({ fault, app: world.app, times: 1 })
      const run = await world.deploy()
      expectExit(run, 7)
      expect(run.output).toMatch(/backup/i)
      await expectUnchanged(world, before)
    }
    expectExit(await world.deploy(), 0)
  })
})
