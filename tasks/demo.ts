import { Command, Flags } from '@oclif/core'
import { tellStories } from './demo/tell.ts'

export class Demo extends Command {
  static override summary = 'deploy good and bad releases to a local Heroku, under load'
  static override description =
    'Starts an emulator of Heroku with a throw-away state, keeps users on an example app, and deploys release after ' +
    'release. Ends with 1 when one of them did not end as expected.'
  static override flags = {
    json: Flags.boolean({ summary: 'print one JSON object and nothing else' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo)
    const ended = new AbortController()
    const end = () => ended.abort(new Error('The demo was ended early.'))
    process.on('SIGINT', end).on('SIGTERM', end)
    try {
      const result = await tellStories({
        print: (line) => (flags.json ? undefined : process.stdout.write(`${line}\n`)),
        signal: ended.signal,
      })
      if (flags.json) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
      if (!result.passed) process.exitCode = 1
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end)
    }
  }
}
