import { expect, test } from 'vitest'
import { currentRelease, waitUntil } from '../tasks/demo/platform.ts'
import { goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectNoTemporaryFiles, expectRolledBack, withWorld } from './support/world.ts'

test('SIGTERM and SIGINT in the middle of a deploy roll back; the same commit can be deployed later', async () => {
  await withWorld({}, async (world) => {
    await commitStory(world, goodRelease)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const before = await world.snapshot()
      let pid = 0
      const deploying = world.run(['deploy', '--app', world.app], { onStart: (started) => (pid = started) })
      await waitUntil('the release is current', 60_000, async () => {
        const { version } = await currentRelease(world.client, world.app)
        return version > before.version
      })
      process.kill(pid, signal)
      const run = await deploying
      expectExit(run, 4)
      expect(run.output).toContain('told to stop')
      await expectRolledBack(world, before)
      await expectNoTemporaryFiles(world)
    }
    expectExit(await world.deploy(), 0)
  })
})
