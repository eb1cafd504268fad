import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

const push = { method: 'POST', path: 'git-receive-pack$', times: 1 }
const createBackup = { method: 'POST', path: '^/client/v11/databases/[^/]+/backups', times: 1 }

// Heroku did what it was asked, or did not, and the answer says neither.
const faults = [
  { what: 'git is answered 500', fault: { ...push, status: 500 } },
  { what: 'the push is reset before Heroku sees it', fault: { ...push, reset: true } },
  { what: 'Heroku builds the push, and the answer is lost', fault: { ...push, cut: 0 } },
  { what: 'the backup is captured, and the answer is lost', fault: { ...createBackup, cut: 0 } },
]

test('where an answer is lost, the deploy ends well or as before, and says which', async () => {
  await withWorld({}, async (world) => {
    for (const [index, { what, fault }] of faults.entries()) {
      const before = await world.snapshot()
      const column = `extra_${index}`
      await world.repository.commit(what, {
        [`db/migrations/2026030109000${index}_add_${column}.sql`]:
          `-- migrate:up\nALTER TABLE items ADD COLUMN ${column} text;\n\n` +
          `-- migrate:down\nALTER TABLE items DROP COLUMN ${column};\n`,
      })
      await world.fault(fault)
      const run = await world.deploy()
      expect([0, 4], `${what}: ${run.output}`).toContain(run.exitCode)
      expectExit(run, run.exitCode)
      if (run.exitCode === 4) await expectRolledBack(world, before)
      else expect((await world.snapshot()).slugId, what).not.toBe(before.slugId)
    }
  })
})

test('an API that is gone in the middle needs a person, and the output says what for', async () => {
  await withWorld({}, async (world) => {
    await commitStory(world, goodRelease)
    let faulted: Promise<void> | undefined
    const run = await world.run(['deploy', '--app', world.app], {
      onLine: (line) => {
        if (line.includes('Push the code')) faulted ??= world.fault({ path: '^/(apps|account)', status: 503 })
      },
    })
    await faulted
    expectExit(run, 5)
    expect(run.output).toMatch(/heroku releases|lockkeeper rollback/)
  })
})
