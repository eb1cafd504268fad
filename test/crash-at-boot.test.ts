import { expect, test } from 'vitest'
import { crashAtBoot } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('with preboot, dynos that crash at boot are rolled back and no user notices', async () => {
  await withWorld({}, async (world) => {
    const { before, after, failures } = await expectStory(world, crashAtBoot)
    expect(after.version).toBeGreaterThan(before.version)
    expect(failures).toEqual([])
  })
})

test('without preboot, only the router fails requests, as Heroku would, and the output says which', async () => {
  await withWorld({ preboot: false }, async (world) => {
    const { run, failures } = await expectStory(world, crashAtBoot)
    // A dyno that crashes has no successor yet: the router answers, never the app.
    for (const { status } of failures) expect(status).toBe(503)
    if (failures.length > 0) expect(run.output).toMatch(/\bH1[03]\b|\bH20\b/)
  })
})
