import { expect } from 'vitest'
import { playStory, type Played } from '../../tasks/demo/play.ts'
import type { Snapshot } from '../../tasks/demo/snapshot.ts'
import type { Story } from '../../tasks/demo/stories.ts'
import type { World } from '../../tasks/demo/world.ts'
import { expectExit, expectNoTemporaryFiles } from './world.ts'

const requestsPerSecond = 15

/** Plays a story of the demo under load, and expects that it goes as it has to. */
export async function expectStory(world: World, story: Story, target?: Snapshot): Promise<Played> {
  const played = await world.withLoad(requestsPerSecond, (load) => playStory(world, load, story, target))
  expectExit(played.run, story.expectedExitCode)
  expect(played.result.problems, played.run.output).toEqual([])
  await expectNoTemporaryFiles(world)
  return played
}
