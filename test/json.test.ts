import { expect, test } from 'vitest'
import { badHealth, goodRelease, unsafeMigration, type Story } from '../tasks/demo/stories.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, withWorld } from './support/world.ts'

interface Report {
  readonly exitCode: number
  readonly steps?: readonly { readonly name: string; readonly status: string }[]
  readonly error?: { readonly message: string }
}

/** Standard output is one JSON document, and nothing else. */
async function deployAsJson(world: World, story: Story): Promise<Report> {
  const files = await story.change?.((path) => world.repository.read(path))
  await world.repository.commit(story.tells, files ?? {})
  const run = await world.deploy('--json')
  expectExit(run, story.expectedExitCode)
  return JSON.parse(run.stdout) as Report
}

test('with --json, every ending is one JSON document on standard output', async () => {
  await withWorld({}, async (world) => {
    const deployed = await deployAsJson(world, goodRelease)
    expect(deployed.exitCode).toBe(0)
    expect(deployed.steps?.some(({ status }) => status === 'done')).toBe(true)

    const rolledBack = await deployAsJson(world, badHealth)
    expect(rolledBack.exitCode).toBe(4)
    expect(rolledBack.error?.message).toContain('degraded')
    expect(rolledBack.steps?.some(({ status }) => status === 'failed')).toBe(true)
    await world.repository.revert()

    const refused = await deployAsJson(world, unsafeMigration)
    expect(refused.exitCode).toBe(3)
    expect(refused.error?.message).toContain('20260202090000')
  })
})
