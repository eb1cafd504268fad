import { expect, test } from 'vitest'
import { unsafeMigration } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('an unsafe migration is refused, by deploy and by check, and nothing has changed', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const { run } = await expectStory(world, unsafeMigration)
    expect(run.output).toContain('20260202090000')
    expect(run.output).toContain('rename-column')
    await expectUnchanged(world, before)

    await commitStory(world, unsafeMigration)
    const check = await world.run(['check', '--app', world.app])
    expectExit(check, 3)
    expect(check.output).toContain('rename-column')
    const dryRun = await world.deploy('--dry-run')
    expectExit(dryRun, 3)
    expect(dryRun.output).toContain('rename-column')
    await expectUnchanged(world, before)
  })
})
