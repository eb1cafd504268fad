import { expect, test } from 'vitest'
import { findLostWrites } from '../tasks/demo/database.ts'
import { crashAtBoot } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

/** Drops a column with its data, so that nothing but the backup brings it back; and crashes at boot. */
async function commitWhatCannotBeReversed(world: World): Promise<void> {
  const crash = await crashAtBoot.change?.((path) => world.repository.read(path))
  await world.repository.commit('Drop a column', {
    ...crash,
    'db/migrations/20260206090000_drop_created_at.sql':
      '-- migrate:up\nALTER TABLE items DROP COLUMN created_at;\n\n' +
      '-- migrate:down\nALTER TABLE items ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();\n',
    'release.js': `console.log('nothing to check')\n`,
  })
}

test('what cannot be reversed is restored without a loss; a restore that fails needs a person', async () => {
  await withWorld({}, async (world) => {
    await commitWhatCannotBeReversed(world)
    await world.withLoad(15, async (load) => {
      const before = await world.snapshot()
      const tally = load.tally()
      expectExit(await world.deploy('--nightly'), 4)
      await expectRolledBack(world, before)
      load.nextTally()
      await tally.settled()
      expect(await findLostWrites(world.databaseUrl ?? '', load.acknowledged)).toEqual([])
    })

    await world.fault({ fault: 'restore fails', app: world.app })
    const run = await world.deploy('--nightly')
    expectExit(run, 5)
    expect(await world.snapshot()).toMatchObject({ maintenance: true, formation: { web: 0, worker: 0 } })
    expect(run.output).toContain('heroku pg:backups:restore')
    expect(run.output).toContain('heroku maintenance:off')
  })
})
