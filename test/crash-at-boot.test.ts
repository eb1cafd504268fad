import { expect, test } from 'vitest'
import { crashAtBoot } from '../tasks/demo/stories.ts'
import { readRouterCodes } from './support/router-log.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('dynos that crash at boot are rolled back: with preboot no user notices', async () => {
  await withWorld({}, async (world) => {
    const { before, after, failures } = await expectStory(world, crashAtBoot)
    expect(after.version).toBeGreaterThan(before.version)
    expect(failures).toEqual([])
  })
})

test('without preboot only what Heroku itself would fail has failed, and the output says so', async () => {
  await withWorld({ preboot: false }, async (world) => {
    const { run, failures } = await expectStory(world, crashAtBoot)
    const codes = await readRouterCodes(world)
    const failed = failures.map(({ requestId }) => codes.get(requestId))
    // The app crashed, was stopped in the middle of a request, or was not there yet: answered by the router.
    for (const code of failed) expect(['H10', 'H13', 'H20', 'H21']).toContain(code)
    for (const code of new Set(failed)) expect(run.output).toContain(`${code} x `)
  })
})
