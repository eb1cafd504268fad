import { expect, test } from 'vitest'
import { nightly, rollbackByHand } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('what is unsafe by day is deployed at night, and taken back by hand without a loss', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const played = await expectStory(world, nightly)
    expect(played.result.requests.maintenance).toBeGreaterThan(0)

    const deployed = await world.snapshot()
    const plan = await world.rollback('--to', `v${before.version}`)
    expectExit(plan, 2)
    expect(plan.output).toContain(`--confirm ${world.app}`)
    await expectUnchanged(world, deployed)

    const { after } = await expectStory(world, rollbackByHand, before)
    expect(after.slugId).toBe(before.slugId)
  })
})

test.each(['NIGHTLY_BUILD', 'RUN_NIGHTLY_BUILD'])('%s=true is the same as --nightly', async (name) => {
  await withWorld({}, async (world) => {
    const { change } = nightly
    await world.repository.commit(
      'Rename a column',
      (await change?.((path) => world.repository.read(path))) ?? {},
    )
    const environment = { ...world.environment, [name]: 'true' }
    const run = await world.run(['deploy', '--app', world.app, '--dry-run'], { environment })
    expectExit(run, 0)
    expect(run.output).toMatch(/maintenance/i)
  })
})
