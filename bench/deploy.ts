import { goodRelease } from '../tasks/demo/stories.ts'
import { scaleAsWanted, withWorld, type World, type WorldOptions } from '../tasks/demo/world.ts'
import { coveredMilliseconds, type Interval } from './intervals.ts'

/** Wall time of a deploy over the time that the platform's own operations took on their critical path. */
const bound = 1.15

interface Operation extends Interval {
  readonly name: string
}

// The settling time is the user's choice and no work of anybody's, so it is left out on both sides.
const options: WorldOptions = {
  variant: 'npm',
  emulator: { timeScale: 0.1 },
  preboot: true,
  formation: { web: 2, worker: 1 },
  plan: 'heroku-postgresql:standard-0',
}

/** Deploys a release with an additive migration, with preboot, and prints the ratio with its parts. */
export async function benchDeploy(): Promise<boolean> {
  return withWorld(options, async (world) => {
    await expectDone(world.deploy())
    await scaleAsWanted(world, options)
    const changes = (await goodRelease.change?.((path) => world.repository.read(path))) ?? {}
    await world.repository.commit('Settle at once', {
      ...changes,
      'lockkeeper.yml': await withoutSettling(world),
    })
    const startedAt = Date.now()
    await expectDone(world.deploy())
    const wall = Date.now() - startedAt
    const operations = (await readOperations(world)).filter((operation) => operation.startedAt >= startedAt)
    const platform = coveredMilliseconds(operations)
    const ratio = wall / platform
    print(operations, startedAt, wall, platform, ratio)
    return ratio <= bound
  })
}

async function expectDone(run: Promise<{ exitCode: number; output: string }>): Promise<void> {
  const { exitCode, output } = await run
  if (exitCode !== 0) throw new Error(`The deploy ended with ${exitCode}:\n${output}`)
}

async function withoutSettling(world: World): Promise<string> {
  const file = await world.repository.read('lockkeeper.yml')
  return file.replace(/^watch:\n( *settle:.*\n)?/m, 'watch:\n  settle: 0\n  prebootWindow: 180\n')
}

async function readOperations(world: World): Promise<Operation[]> {
  const all = await world.client.request<(Operation & { finishedAt: number | null })[]>(
    'GET',
    '/_emulator/operations',
  )
  return all.filter(({ finishedAt }) => finishedAt !== null)
}

function print(
  operations: readonly Operation[],
  start: number,
  wall: number,
  platform: number,
  ratio: number,
): void {
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`
  const lines = operations.map(
    ({ name, startedAt, finishedAt }) =>
      `  ${name.padEnd(16)} from ${seconds(startedAt - start).padStart(8)} to ${seconds(finishedAt - start).padStart(8)}`,
  )
  process.stdout.write(
    [
      'deploy: the platform’s operations, from the start of the deploy',
      ...lines,
      `  critical path    ${seconds(platform)}`,
      `  the deploy       ${seconds(wall)}, of which Lockkeeper's own ${seconds(wall - platform)}`,
      `  ratio            ${ratio.toFixed(3)} (at most ${bound})`,
      '',
    ].join('\n'),
  )
}
