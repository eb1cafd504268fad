import { Flags } from '@oclif/core'
import { PreconditionError, systemCode, systemReason, UsageError } from '../src/errors.ts'
import { LockkeeperCommand } from './command.ts'

export default class Emulator extends LockkeeperCommand {
  static override summary =
    "run a server that speaks Heroku's APIs on this machine, with real git, dynos and Postgres"
  static override description =
    'Runs in the foreground until Ctrl-C and leaves no process behind. Prints the environment to export; with it,\n' +
    'Lockkeeper, the Heroku CLI and git talk to this server instead of Heroku.'
  static override examples = ['<%= config.bin %> emulator --state .emulator --time-scale 0.1']
  static override flags = {
    port: Flags.integer({
      description: 'the port to listen on; default: a free one',
      min: 0,
      max: 65535,
      default: 0,
    }),
    state: Flags.string({
      description: 'keep apps, slugs and databases here; default: throw-away',
      helpValue: 'DIRECTORY',
    }),
    set: Flags.string({
      description:
        'what the platform does or waits otherwise than usual, such as bootTimeout=120; see docs/emulator.md',
      helpValue: 'NAME=VALUE',
      multiple: true,
    }),
    'time-scale': Flags.string({
      description: "shrink every duration of the platform: 0.1 makes Heroku's 60 s boot time-out 6 s",
      default: '1',
      helpValue: 'FACTOR',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Emulator)
    const output = this.say()
    // Loaded here, because every other command starts quicker without it.
    const { startEmulator } = await import('../src/emulator/index.ts')
    const { parseSettings } = await import('../src/emulator/settings.ts')
    const emulator = await startEmulator({
      port: flags.port,
      timeScale: readTimeScale(flags['time-scale']),
      ...readSettings(() => parseSettings(flags.set ?? [])),
      ...(flags.state === undefined ? {} : { stateDirectory: flags.state }),
      log: (line) => output.line(line),
    }).catch((cause: unknown) => {
      throw isTaken(cause)
        ? new PreconditionError(`Port ${flags.port} is taken.`, { cause })
        : isOfFile(cause)
          ? new PreconditionError(`The emulator cannot use ${cause.path}: ${systemReason(cause)}.`, { cause })
          : cause
    })
    // The one text that must not be redacted: this key opens nothing but this server.
    for (const [name, value] of Object.entries(emulator.environment))
      process.stdout.write(`export ${name}=${quoted(value)}\n`)
    process.stdout.write('# Ready. The lines above are for the shell that talks to it.\n')
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    })
    await emulator.close()
  }
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE'

/** Whether the operating system refused a file or a folder. */
const isOfFile = (error: unknown): error is Error & { readonly path: string } =>
  systemCode(error) !== undefined && 'path' in (error as Error) && !('spawnargs' in (error as Error))

/** As a shell reads it back. */
function quoted(value: string): string {
  return /^[\w./:@-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

function readTimeScale(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= 1) return value
  throw new UsageError(`--time-scale must be above 0 and at most 1, not ${text}.`)
}

function readSettings<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(`--set: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
