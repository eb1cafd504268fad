import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

async function commitGoodRelease(world: World): Promise<void> {
  const files = await goodRelease.change?.((path) => world.repository.read(path))
  await world.repository.commit('Add a column', files ?? {})
}

test('a backup that fails ends the deploy before anything has changed', async () => {
  await withWorld({}, async (world) => {
    await commitGoodRelease(world)
    const before = await world.snapshot()
    await world.fault({ fault: 'backup fails', app: world.app, times: 1 })
    const run = await world.deploy()
    expectExit(run, 7)
    expect(run.output).toMatch(/backup/i)
    await expectUnchanged(world, before)
  })
})

test('a backup that never ends is given up at its deadline', async () => {
  const lockkeeperYml = 'backup:\n  deadline: 60\n'
  await withWorld({}, async (world) => {
    await commitGoodRelease(world)
    const settings = await world.repository.read('lockkeeper.yml')
    await world.repository.commit('Be less patient', { 'lockkeeper.yml': `${settings}\n${lockkeeperYml}` })
    const before = await world.snapshot()
    await world.fault({ fault: 'backup hangs', app: world.app, times: 1 })
    const run = await world.deploy()
    expectExit(run, 7)
    expect(run.output).toMatch(/backup/i)
    await expectUnchanged(world, before)
  })
})
