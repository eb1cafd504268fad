import { test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('a good release with an additive migration fails no request', async () => {
  await withWorld({ formation: { web: 2, worker: 1 } }, async (world) => {
    await expectStory(world, goodRelease)
  })
})
