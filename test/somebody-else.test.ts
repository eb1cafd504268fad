import { expect, test } from 'vitest'
import { currentRelease, waitUntil } from '../tasks/demo/platform.ts'
import { crashAtBoot } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, withWorld } from './support/world.ts'

test('a release that somebody else made in the middle is never rolled back over', async () => {
  await withWorld({}, async (world) => {
    const { client, app } = world
    const before = await world.snapshot()
    await commitStory(world, crashAtBoot)
    const deploying = world.deploy()
    await waitUntil('the release is current', 60_000, async () => {
      const { version } = await currentRelease(client, app)
      return version > before.version
    })
    await client.request('PATCH', `/apps/${app}/config-vars`, { GREETING: 'hello from a colleague' })
    const run = await deploying
    expectExit(run, 5)
    expect(run.output).toContain('Set GREETING config vars')
    const current = await currentRelease(client, app)
    expect(current.description).toBe('Set GREETING config vars')
  })
})
