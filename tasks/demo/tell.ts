import { commandLine, playStory, type StoryResult } from './play.ts'
import { formatEnding, formatTable } from './print.ts'
import type { Snapshot } from './snapshot.ts'
import { nightly, stories } from './stories.ts'
import { scaleAsWanted, withWorld, type World, type WorldOptions } from './world.ts'

export interface DemoOptions {
  /** Receives what a user would see, line by line. */
  readonly print: (line: string) => void
  /** Receives what a user saw of a story that did not end as expected. */
  readonly complain?: (text: string) => void
  /** Ends the demo early; what it started is stopped all the same. */
  readonly signal?: AbortSignal
}

export interface DemoResult {
  readonly stories: readonly StoryResult[]
  readonly passed: boolean
}

const requestsPerSecond = 25

/** A minute of the platform's time passes in three seconds. */
const timeScale = 0.05

const optionsOf = ({ print, signal }: DemoOptions): WorldOptions => ({
  variant: 'npm',
  // Node itself needs about a second to boot on a busy machine, whatever the time scale.
  emulator: {
    timeScale,
    durations: { bootTimeout: 300, bootQueue: 300, requestTimeout: 300, buildLimit: 3600 },
  },
  preboot: true,
  formation: { web: 2, worker: 1 },
  plan: 'heroku-postgresql:standard-0',
  onLine: (line) => print(`    ${line}`),
  signal,
})

/** Tells every story on an emulator of its own. Throws when the scene cannot be set, or when it was ended early. */
export async function tellStories(demo: DemoOptions): Promise<DemoResult> {
  const options = optionsOf(demo)
  demo.print('Starting the emulator: git, dynos, a router and a Postgres of its own.')
  return withWorld(options, async (world) => {
    await deployFirst(world, options, demo)
    const results = await world.withLoad(requestsPerSecond, async (load) => {
      const told: StoryResult[] = []
      let beforeNightly: Snapshot | undefined
      for (const story of stories) {
        demo.signal?.throwIfAborted()
        if (story === nightly) beforeNightly = await world.snapshot()
        const target = story.command === 'rollback' ? beforeNightly : undefined
        demo.print(
          `\n${told.length + 1}. ${story.tells}\n$ lockkeeper ${commandLine(world, story, target).join(' ')}`,
        )
        const { result, run } = await playStory(world, load, story, target)
        if (result.problems.length > 0)
          demo.complain?.([story.name, ...result.problems, run.output, ''].join('\n'))
        demo.print(formatEnding(result))
        told.push(result)
      }
      return told
    })
    demo.print(`\n${formatTable(results)}`)
    return { stories: results, passed: results.every(({ problems }) => problems.length === 0) }
  })
}

async function deployFirst(
  world: World,
  options: WorldOptions,
  { print, signal }: DemoOptions,
): Promise<void> {
  print(`\nThe first deploy of ${world.app}, at ${world.webUrl}\n$ lockkeeper deploy --app ${world.app}`)
  const { exitCode } = await world.deploy()
  signal?.throwIfAborted()
  if (exitCode !== 0) throw new Error(`The first deploy ended with exit code ${exitCode}.`)
  await scaleAsWanted(world, options)
  print(`Scaled to 2 web dynos and a worker; ${requestsPerSecond} requests per second from here on.`)
}
