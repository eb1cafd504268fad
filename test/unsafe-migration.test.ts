import { expect, test } from 'vitest'
import { unsafeMigration } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('an unsafe migration is refused, and nothing has changed', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const { run } = await expectStory(world, unsafeMigration)
    await expectUnchanged(world, before)
    expect(run.output).toContain('20260202090000')
    expect(run.output).toMatch(/rename/i)
  })
})

test('a dry run and a check say the same and change nothing', async () => {
  await withWorld({}, async (world) => {
    const { change } = unsafeMigration
    await world.repository.commit(
      'Rename a column',
      (await change?.((path) => world.repository.read(path))) ?? {},
    )
    const before = await world.snapshot()
    const check = await world.run(['check', '--app', world.app])
    expectExit(check, 3)
    expect(check.output).toContain('20260202090000')
    const dryRun = await world.deploy('--dry-run')
    expect([0, 3]).toContain(dryRun.exitCode)
    await expectUnchanged(world, before)
  })
})
