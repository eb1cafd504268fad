import { Command, Config, Flags } from '@oclif/core'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ConfigFlags } from '../src/config/config.ts'
import { loadProject, type ProjectConfig } from '../src/config/project.ts'
import { createTiming } from '../src/config/timing.ts'
import type { OpenTarget } from '../src/deploy/target.ts'
import { exitCodes, LockkeeperError, systemReason, UsageError } from '../src/errors.ts'
import { createOutput, type Output } from '../src/report/output.ts'
import { createRedactor, type Redactor } from '../src/report/redaction.ts'
import { outliveOutput } from './lost-output.ts'

export const directoryFlag = Flags.string({
  description: "the project's directory",
  default: '.',
  helpValue: 'DIRECTORY',
})

/** Flags of every command that works on an app. Heroku's habits: --app, --remote, --json. */
export const targetFlags = {
  app: Flags.string({ char: 'a', description: 'the app to work on', helpValue: 'APP' }),
  remote: Flags.string({ char: 'r', description: 'the git remote that names the app', helpValue: 'REMOTE' }),
  directory: directoryFlag,
  json: Flags.boolean({ description: 'print the result as one JSON document on standard output' }),
}

export interface TargetFlags {
  readonly app?: string | undefined
  readonly remote?: string | undefined
  readonly directory: string
  readonly json: boolean
}

/** What a command is given to work with. */
export interface Workplace extends OpenTarget {
  readonly json: boolean
}

/** What a command is given that needs neither an app nor an API key. */
export interface Workshop {
  readonly config: ProjectConfig
  /** The project's directory: absolute. */
  readonly directory: string
  readonly output: Output
  readonly redactor: Redactor
}

/** The folder that a user names: absolute. UsageError when there is none. */
export async function existingFolder(name: string): Promise<string> {
  const directory = resolve(name)
  const found = await stat(directory).catch((cause: unknown) => {
    throw new UsageError(`The folder ${name} cannot be opened: ${systemReason(cause)}.`, { cause })
  })
  if (!found.isDirectory()) throw new UsageError(`${name} is no folder.`)
  return directory
}

/** The one place where errors become words and an exit code. Everything that is printed goes through one redacted output. */
export abstract class LockkeeperCommand extends Command {
  private redactor: Redactor = createRedactor()
  private output: Output | null = null

  /** Runs the command by itself, with what oclif knows of it without reading the others. `root` is the folder of package.json. */
  static async runAlone<T extends LockkeeperCommand>(
    this: new (argv: string[], config: Config) => T,
    name: string,
    argv: string[],
    root: string,
    prepare?: (command: T) => void,
  ): Promise<void> {
    const config = new Config({ root })
    config.bin = 'lockkeeper'
    // There are no plug-ins that could have hooks.
    config.runHook = () => Promise.resolve({ successes: [], failures: [] })
    const command = new this(argv, config)
    command.id = name
    prepare?.(command)
    outliveOutput(command.outputIsAll)
    await command._run()
  }

  /** Whether the command is for nothing when its output is lost: overridden by those that only look. */
  protected readonly outputIsAll: boolean = false

  /** Whether a failure becomes JSON as well. */
  protected readonly json: boolean = this.argv.includes('--json')

  /** Whether the result, and nothing else, goes to standard output: overridden by commands that know more. */
  protected ownsStandardOutput(): boolean {
    return this.json
  }

  /** Where this command's text goes: progress to standard error when the result is a document. */
  protected say(): Output {
    this.output ??= this.outputOn(this.ownsStandardOutput() ? process.stderr : process.stdout)
    return this.output
  }

  private outputOn(progress: NodeJS.WriteStream): Output {
    const inWorkflow = process.env['GITHUB_ACTIONS'] === 'true'
    return createOutput({ redactor: this.redactor, progress, result: process.stdout, inWorkflow })
  }

  protected override async init(): Promise<void> {
    await super.init()
    refuseValues(this.argv, this.ctor.flags)
  }

  /** Reads the configuration and stops the work when the process is told to end. */
  protected async work<T>(
    flags: TargetFlags & Omit<ConfigFlags, 'database'>,
    use: (workplace: Workplace) => Promise<T>,
  ): Promise<T> {
    const directory = await existingFolder(flags.directory)
    const { app, remote, nightly, rollbackDatabase } = flags
    // What needs no app starts sooner without it.
    const { loadConfig } = await import('../src/config/config.ts')
    const config = await loadConfig({
      directory,
      // A flag that was not given must not win over the environment.
      flags: { app, remote, nightly: nightly || undefined, rollbackDatabase },
      environment: process.env,
    })
    return withStopSignal((signal) =>
      use({
        config,
        directory,
        signal,
        timing: createTiming(config.timeScale),
        redactor: this.redactor,
        output: this.say(),
        json: flags.json,
      }),
    )
  }

  /** The same for what needs neither an app nor an API key. */
  protected async workOffline<T>(
    flags: Pick<TargetFlags, 'directory'>,
    use: (workshop: Workshop) => Promise<T>,
  ): Promise<T> {
    const directory = await existingFolder(flags.directory)
    const config = await loadProject({ directory, environment: process.env })
    return use({ config, directory, output: this.say(), redactor: this.redactor })
  }

  /** What a failed command adds to its JSON: overridden by commands that know more. */
  protected failureDetails(): Readonly<Record<string, unknown>> {
    return {}
  }

  protected override async catch(error: Error & { oclif?: { exit?: number } }): Promise<void> {
    if (error.oclif?.exit === 0) throw error
    const { exitCode, message, next } = describeError(error)
    // Progress may be on standard output; what went wrong never is.
    const output = this.outputOn(process.stderr)
    output.warning(message)
    for (const line of next) output.warning(line)
    if (this.json) output.result({ ...this.failureDetails(), exitCode, error: { message, next } })
    process.exitCode = exitCode
  }
}

/** oclif would take what follows the equals sign for an argument. */
function refuseValues(argv: readonly string[], flags: typeof Command.flags): void {
  const end = argv.indexOf('--')
  for (const word of argv.slice(0, end < 0 ? undefined : end)) {
    const name = /^--([\w-]+)=/.exec(word)?.[1] ?? ''
    if (flags[name]?.type === 'boolean') throw new UsageError(`--${name} takes no value: ${word}`)
  }
}

interface DescribedError {
  readonly exitCode: number
  readonly message: string
  readonly next: readonly string[]
}

function describeError(error: Error & { oclif?: { exit?: number } }): DescribedError {
  if (error instanceof LockkeeperError)
    return { exitCode: error.exitCode, message: error.message, next: error.next }
  if (error.oclif?.exit !== undefined)
    return {
      exitCode: exitCodes.usage.code,
      message: firstParagraph(error.message),
      next: ['See more help with --help.'],
    }
  return {
    exitCode: exitCodes.defect.code,
    message: `This is a defect of Lockkeeper: ${error.stack ?? error.message}`,
    next: [
      'Please report it with the lines above. Look at the app before you go on: lockkeeper deploy --dry-run',
    ],
  }
}

/** oclif adds a title before the sentence that counts, and the help hint after it. */
function firstParagraph(message: string): string {
  const [first = message] = message.split('\nSee more help')
  return first.replace(/^The following errors? occurred:\s*/, '').trim()
}

/** The signals by which a terminal and a CI system end a job. The first one ends the work in order; it is told once. */
async function withStopSignal<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort(new Error('The process was told to stop.'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, stop)
  try {
    return await use(stopping.signal)
  } finally {
    for (const name of signals) process.off(name, stop)
  }
}
