import { Flags } from '@oclif/core'
import { LockkeeperCommand } from './command.ts'

export default class Demo extends LockkeeperCommand {
  static override summary = 'deploy good and bad releases to a local Heroku, under load'
  static override description =
    'Starts an emulator of Heroku with a throw-away state, keeps users on an example app, and deploys release after\n' +
    'release. Ends with 1 when one of them did not end as expected.'
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --json']
  static override flags = {
    json: Flags.boolean({ description: 'print the result as one JSON document, and nothing else' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo)
    // Loaded here, because every other command starts quicker without it.
    const { tellStories } = await import('./demo/tell.ts')
    const told = await withInterrupt((signal) =>
      tellStories({
        print: (line) => (flags.json ? undefined : process.stdout.write(`${line}\n`)),
        // In JSON there is no room for what went wrong, and without it nobody can mend it.
        complain: (text) => (flags.json ? process.stderr.write(text) : undefined),
        signal,
      }),
    )
    if (told === 'interrupted') {
      process.stderr.write('The demo was ended early; nothing of it is left.\n')
      process.exitCode = 130
      return
    }
    if (flags.json) process.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`)
    process.exitCode = told.passed ? 0 : 1
  }
}

/** Lets the first Ctrl-C end the work in order, so that nothing is left behind. */
async function withInterrupt<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T | 'interrupted'> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, interrupt)
  try {
    return await use(interrupted.signal)
  } catch (error) {
    if (interrupted.signal.aborted) return 'interrupted'
    throw error
  } finally {
    for (const name of signals) process.off(name, interrupt)
  }
}
