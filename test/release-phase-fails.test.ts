import { expect, test } from 'vitest'
import { failingReleasePhase } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('a release phase that fails leaves the release of before serving', async () => {
  await withWorld({}, async (world) => {
    const { run, before, after, failures } = await expectStory(world, failingReleasePhase)
    // Heroku never made the failed release current, so there is nothing to roll back in the app.
    expect(after.version).toBe(before.version)
    expect(failures).toEqual([])
    expect(run.output).toContain('items.weight')
  })
})
