import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import { currentRelease, waitUntil } from '../tasks/demo/platform.ts'
import { expectNoTemporaryFiles, expectRolledBack, expectExit, withWorld } from './support/world.ts'

test.each(['SIGTERM', 'SIGINT'] as const)('%s in the middle of a deploy rolls back', async (signal) => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const { change } = goodRelease
    await world.repository.commit('A column', (await change?.((path) => world.repository.read(path))) ?? {})
    let pid = 0
    const deploying = world.run(['deploy', '--app', world.app], { onStart: (started) => (pid = started) })
    await waitUntil('the release is current', 60_000, async () => {
      const { version } = await currentRelease(world.client, world.app)
      return version > before.version
    })
    process.kill(pid, signal)
    const run = await deploying
    expectExit(run, 4)
    expect(run.output).toMatch(/told to stop/)
    await expectRolledBack(world, before)
    await expectNoTemporaryFiles(world)
  })
})
