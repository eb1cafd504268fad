import { expect, test } from 'vitest'
import { withConnection } from '../src/postgres/connection.ts'
import { goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

test('a deploy starts no migration behind an open transaction, and names who has it', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await commitStory(world, goodRelease)
    const blocked = await withConnection(
      world.databaseUrl ?? '',
      async (other) => {
        await other.query('begin')
        await other.query(`select * from items where title = 'a private title'`)
        const run = await world.deploy()
        await other.query('rollback')
        return run
      },
      { applicationName: 'nightly report' },
    )
    expectExit(blocked, 7)
    expect(blocked.output).toMatch(
      /The session pid \d+ \(nightly report, idle in transaction\) has a lock on items/,
    )
    expect(blocked.output).toContain('select * from items where title = ?')
    expect(blocked.output).not.toContain('a private title')
    await expectUnchanged(world, before)
    expectExit(await world.deploy(), 0)
  })
})
