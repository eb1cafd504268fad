import { delimiter, dirname } from 'node:path'
import { expect } from 'vitest'
import { playStory } from '../../tasks/demo/play.ts'
import type { Snapshot } from '../../tasks/demo/snapshot.ts'
import type { Story } from '../../tasks/demo/stories.ts'
import { readExample, replace } from '../../tasks/demo/example-files.ts'
import type { World } from '../../tasks/demo/world.ts'
import { debianPython } from './django-project.ts'
import { expectExit, expectNoTemporaryFiles, withWorld } from './world.ts'

const requestsPerSecond = 10

/** One of the examples in Python on the emulator, deployed once; Debian's Python comes first on the PATH meanwhile. */
export async function withPythonWorld(
  variant: 'django' | 'alembic',
  use: (world: World) => Promise<void>,
): Promise<void> {
  const path = process.env['PATH']
  process.env['PATH'] = [dirname(debianPython), path].join(delimiter)
  const settings = (await readExample(variant))['lockkeeper.yml']
  // Deadlines that a slow machine keeps at the time scale of the tests.
  const patient = replace(settings, '\nwatch:\n', '\nbuild:\n  deadline: 3600\n\nwatch:\n  deadline: 3000\n')
  try {
    await withWorld({ variant, formation: { web: 2 }, files: { 'lockkeeper.yml': patient } }, use)
  } finally {
    process.env['PATH'] = path
  }
}

/** Plays stories one after the other for the same users, and expects that each goes as it has to. A roll-back by hand goes back to before the one before it. */
export async function expectStories(world: World, stories: readonly Story[]): Promise<void> {
  await world.withLoad(requestsPerSecond, async (load) => {
    let before: Snapshot | undefined
    for (const story of stories) {
      const played = await playStory(world, load, story, story.command === 'rollback' ? before : undefined)
      expectExit(played.run, story.expectedExitCode)
      expect(played.result.problems, `${story.name}\n${played.run.output}`).toEqual([])
      await expectNoTemporaryFiles(world)
      before = played.before
    }
  })
}

/** An unsafe story told again, at night. */
export function nightly(unsafe: Story): Story {
  return {
    ...unsafe,
    name: 'unsafe, nightly',
    command: 'deploy --nightly',
    expectedExitCode: 0,
    ending: 'deployed in maintenance',
  }
}

/** What the release before the unsafe one is wanted back for. */
export const byHand: Story = {
  name: 'rollback by hand',
  tells: 'The release before the rename is wanted back.',
  command: 'rollback',
  expectedExitCode: 0,
  ending: 'taken back',
}

/** A release that adds a nullable column, and boots, but says that it is not well. */
export function unwell(change: NonNullable<Story['change']>): Story {
  return {
    name: 'health check fails',
    tells: 'A new column, and a release that boots but says that it is not well.',
    change,
    command: 'deploy',
    expectedExitCode: 4,
    ending: 'rolled back',
  }
}
