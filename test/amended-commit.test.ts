import { expect, test } from 'vitest'
import { failingReleasePhase } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('a commit that is amended after its deploy failed is refused with the way out, and deployed by it', async () => {
  await withWorld({}, async (world) => {
    const { repository } = world
    const good = await repository.read('items.js')
    await commitStory(world, failingReleasePhase)
    // The release phase fails after the push: Heroku's repository has the commit, and keeps it.
    expectExit(await world.deploy(), 4)

    await repository.write({ 'items.js': `${good}\n// mended\n` })
    await repository.git(['commit', '--quiet', '--all', '--amend', '--message', 'Mend it'])
    const before = await world.snapshot()
    const refused = await world.deploy()
    expectExit(refused, 7)
    expect(refused.output).toMatch(/Heroku would refuse the push.*Nothing was changed\./)
    expect(refused.output).toContain('If you amended or rebased a commit')
    expect(refused.output).toContain('lockkeeper deploy --allow-older')
    await expectUnchanged(world, before)

    expectExit(await world.deploy('--allow-older'), 0)
    const after = await world.snapshot()
    expect(after.remoteCommit).toBe(await repository.head())
    expect(after.version).toBeGreaterThan(before.version)
  })
})
