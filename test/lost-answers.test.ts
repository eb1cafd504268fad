import { expect, test } from 'vitest'
import { goodRelease } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

async function commitGoodRelease(world: World): Promise<void> {
  const files = await goodRelease.change?.((path) => world.repository.read(path))
  await world.repository.commit('Add a column', files ?? {})
}

const push = { method: 'POST', path: 'git-receive-pack$', times: 1 }
const createBackup = { method: 'POST', path: '^/client/v11/databases/[^/]+/backups', times: 1 }

// Heroku did what it was asked, or did not, and the answer says neither.
test.each([
  ['the push is reset before Heroku sees it', { ...push, reset: true }],
  ['Heroku builds the push, and the answer is lost', { ...push, cut: 0 }],
  ['git is answered 500', { ...push, status: 500 }],
  ['the backup is captured, and the answer is lost', { ...createBackup, cut: 0 }],
])('%s: the deploy ends well or as before, and says which', async (_what, fault) => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await commitGoodRelease(world)
    await world.fault(fault)
    const run = await world.deploy()
    expect([0, 4], run.output).toContain(run.exitCode)
    expectExit(run, run.exitCode)
    if (run.exitCode === 4) await expectRolledBack(world, before)
    else expect((await world.snapshot()).slugId).not.toBe(before.slugId)
  })
})

test('an API that is gone in the middle needs a person, and the output says what for', async () => {
  await withWorld({}, async (world) => {
    await commitGoodRelease(world)
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
