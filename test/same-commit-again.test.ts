import { expect, test } from 'vitest'
import { crashAtBoot } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

test('a commit that was rolled back is tried again when it is deployed again, though git has it', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await commitStory(world, crashAtBoot)
    expectExit(await world.deploy(), 4)
    const second = await world.deploy()
    expectExit(second, 4)
    expect(second.output).toContain('it is built from an archive of it')
    expect(second.output).toContain('crashed on')
    await expectRolledBack(world, before)
  })
})
