import { expect, test } from 'vitest'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('the commit that serves is nothing to deploy; an older one is refused until it is asked for', async () => {
  await withWorld({}, async (world) => {
    const { repository } = world
    const first = await world.snapshot()
    const again = await world.deploy()
    expectExit(again, 0)
    expect(again.output).toContain('Nothing to deploy')
    await expectUnchanged(world, first)

    await repository.commit('Say hello', { 'README.md': 'Hello\n' })
    expectExit(await world.deploy(), 0)
    const before = await world.snapshot()
    await repository.git(['reset', '--hard', '--quiet', 'HEAD~1'])
    const refused = await world.deploy()
    expectExit(refused, 7)
    expect(refused.output).toContain('--allow-older')
    await expectUnchanged(world, before)

    expectExit(await world.deploy('--allow-older'), 0)
    const after = await world.snapshot()
    expect(after.slugId).not.toBe(before.slugId)
  })
})
