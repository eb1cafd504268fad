import { expect, test } from 'vitest'
import { nightly, rollbackByHand } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('what is unsafe by day is deployed at night, and taken back by hand without a loss', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const played = await expectStory(world, nightly)
    expect(played.result.requests.maintenance).toBeGreaterThan(0)

    const deployed = await world.snapshot()
    const unconfirmed = await world.rollback('--to', `v${before.version}`)
    expectExit(unconfirmed, 2)
    expect(unconfirmed.output).toContain(`--confirm ${world.app}`)
    await expectUnchanged(world, deployed)

    const { after } = await expectStory(world, rollbackByHand, before)
    expect(after.slugId).toBe(before.slugId)
  })
})

test('NIGHTLY_BUILD=true and RUN_NIGHTLY_BUILD=true are the same as --nightly', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await commitStory(world, nightly)
    for (const name of ['NIGHTLY_BUILD', 'RUN_NIGHTLY_BUILD']) {
      const environment = { ...world.environment, [name]: 'true' }
      const run = await world.run(['deploy', '--app', world.app, '--dry-run'], { environment })
      expectExit(run, 0)
      expect(run.output).toContain('turn maintenance on')
    }
    await expectUnchanged(world, before)
  })
})
