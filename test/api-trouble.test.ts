import { expect, test } from 'vitest'
import { goodRelease, badHealth, type Story } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectStory } from './support/story.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

/** Every call to Heroku's APIs, and neither git nor the faults themselves. */
const apiCalls = '^/(?!_emulator|[a-z-]+\\.git)'

const troubles = [{ status: 429 }, { status: 500 }, { reset: true }, { cut: 10 }]

/** From now on about one call in four is answered badly, in turns. */
async function troubleTheApi(world: World): Promise<void> {
  for (let turn = 0; turn < 40; turn++)
    await world.fault({ path: apiCalls, skip: turn * 3, times: 1, ...troubles[turn % troubles.length] })
}

test.each<Story>([goodRelease, badHealth])(
  '$name, while the API answers 429, 500 and resets',
  async (story) => {
    await withWorld({}, async (world) => {
      await troubleTheApi(world)
      // The harness asks the API as well, and is not as patient: it goes on where the faults are used up.
      await expectStoryInTrouble(world, story)
    })
  },
)

async function expectStoryInTrouble(world: World, story: Story): Promise<void> {
  await expectStory(world, story)
}

test.each([{ status: 500 }, { status: 429 }, { reset: true }])(
  'an API that answers %o for ever is given up before anything has changed',
  async (trouble) => {
    await withWorld({}, async (world) => {
      const files = await goodRelease.change?.((path) => world.repository.read(path))
      await world.repository.commit('Add a column', files ?? {})
      const before = await world.snapshot()
      await world.fault({ path: apiCalls, ...trouble })
      expectExit(await world.deploy(), 7)
      await world.client.request('DELETE', '/_emulator/faults')
      await expectUnchanged(world, before)
    })
  },
)

test('a key that stops being accepted in the middle is said so', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    await world.fault({ path: apiCalls, status: 401, body: { id: 'unauthorized', message: 'no' } })
    const run = await world.deploy()
    expectExit(run, 7)
    expect(run.output).toMatch(/key/i)
    await world.client.request('DELETE', '/_emulator/faults')
    await expectUnchanged(world, before)
  })
})
