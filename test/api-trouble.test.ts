import { expect, test } from 'vitest'
import { badHealth, goodRelease } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { commitStory } from './support/commit.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

/** Every call to Heroku's APIs, and neither git nor the faults themselves. */
const apiCalls = '^/(?!_emulator|[a-z-]+\\.git)'

const troubles = [{ status: 429 }, { status: 500 }, { reset: true }, { cut: 10 }]

/** From now on about one call in four is answered badly, in turns. */
async function troubleTheApi(world: World): Promise<void> {
  for (let turn = 0; turn < 60; turn++)
    await world.fault({ path: apiCalls, skip: turn * 3, times: 1, ...troubles[turn % troubles.length] })
}

test('a good and a bad release end as they have to while the API answers 429, 500 and resets', async () => {
  await withWorld({}, async (world) => {
    await troubleTheApi(world)
    await expectStory(world, goodRelease)
    await world.client.request('DELETE', '/_emulator/faults')
    await troubleTheApi(world)
    await expectStory(world, badHealth)
  })
})

test('an API that goes on answering badly is given up before anything has changed', async () => {
  await withWorld({}, async (world) => {
    await commitStory(world, goodRelease)
    const before = await world.snapshot()
    const refused = { status: 401, body: { id: 'unauthorized', message: 'no' } }
    for (const trouble of [{ status: 500 }, { status: 429 }, { reset: true }, refused]) {
      await world.fault({ path: apiCalls, ...trouble })
      const run = await world.deploy()
      expectExit(run, 7)
      expect(run.output).toContain(trouble === refused ? 'API key' : '/account')
      await world.client.request('DELETE', '/_emulator/faults')
      await expectUnchanged(world, before)
    }
  })
})
