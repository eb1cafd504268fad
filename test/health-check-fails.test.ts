import { expect, test } from 'vitest'
import { badHealth } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('a release that is not well is rolled back, with its migration', async () => {
  await withWorld({}, async (world) => {
    const { run, failures } = await expectStory(world, badHealth)
    expect(run.output).toContain('degraded')
    expect(failures).toEqual([])
  })
})
