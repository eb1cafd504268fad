import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { EmulatorSettings } from '../../tasks/demo/emulator.ts'
import { readExample, replace } from '../../tasks/demo/example-files.ts'
import type { Snapshot } from '../../tasks/demo/snapshot.ts'
import { scaleAsWanted, withWorld as withBareWorld } from '../../tasks/demo/world.ts'
import type { World, WorldOptions } from '../../tasks/demo/world.ts'
import type { LockkeeperRun } from '../../tasks/demo/run-lockkeeper.ts'

export interface TestOptions extends Partial<Omit<WorldOptions, 'emulator'>> {
  readonly emulator?: Partial<EmulatorSettings>
  /** Deploy the first version before the test begins. Default: true. */
  readonly deployed?: boolean
}

/** A second of the platform is a fiftieth of a second here. */
export const timeScale = 0.02

/** Room for Node itself to start on a busy machine: these are not what a story is about. */
const patience = { bootTimeout: 600, bootQueue: 600, requestTimeout: 600, buildLimit: 3600 }

/** An app that was deployed once, with a checkout of it: the scene of most stories. */
export async function withWorld(options: TestOptions, test: (world: World) => Promise<void>): Promise<void> {
  const { deployed = true, emulator, files, ...rest } = options
  const full: WorldOptions = {
    variant: 'plain',
    preboot: true,
    formation: { web: 1, worker: 1 },
    plan: 'heroku-postgresql:standard-0',
    ...rest,
    files: { 'lockkeeper.yml': await readPatientSettings(), ...files },
    emulator: { timeScale, ...emulator, durations: { ...patience, ...emulator?.durations } },
  }
  await withBareWorld(full, async (world) => {
    if (deployed) {
      expectExit(await world.deploy(), 0)
      await scaleAsWanted(world, full)
    }
    await test(world)
  })
}

/** The example's own settings, with deadlines that a slow machine keeps at this time scale. */
async function readPatientSettings(): Promise<string> {
  const settings = (await readExample('plain'))['lockkeeper.yml']
  return replace(
    settings,
    '\nwatch:\n',
    '\nbuild:\n  deadline: 3600\n\nwatch:\n  deadline: 3000\n  settle: 10\n',
  )
}

/** The exit code, with the command's output in the message when it is another. */
export function expectExit(run: LockkeeperRun, exitCode: number): void {
  expect(run.exitCode, run.output).toBe(exitCode)
  expect(run.output, 'a stack trace was shown').not.toMatch(/\n\s+at .+:\d+:\d+/)
}

/** Nothing at all has changed: release, schema, git remote, maintenance, formation. */
export async function expectUnchanged(world: World, before: Snapshot): Promise<void> {
  expect(await world.snapshot()).toEqual(before)
}

/** The slug of before serves on the schema of before; versions and the git remote have moved on. */
export async function expectRolledBack(world: World, before: Snapshot): Promise<void> {
  const { slugId, fingerprint, maintenance, formation } = before
  expect(await world.snapshot()).toMatchObject({ slugId, fingerprint, maintenance, formation })
}

/** Lockkeeper removed every temporary file that it made. */
export async function expectNoTemporaryFiles(world: World): Promise<void> {
  expect(await readdir(join(world.directory, 'tmp'))).toEqual([])
}
