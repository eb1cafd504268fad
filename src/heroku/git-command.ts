import { execa } from 'execa'
import { PreconditionError } from '../errors.ts'
import { gitEnvironment, type GitSetting } from './git-environment.ts'

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface GitOptions {
  readonly settings?: readonly GitSetting[]
  /** Variables over those of this process. */
  readonly environment?: Readonly<Record<string, string>>
  /** Real milliseconds. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
  /** Standard error as it comes. */
  readonly onStderr?: ((text: string) => void) | undefined
}

/** Milliseconds between asking git to stop and making it. */
const stopGrace = 5000

/** Runs git and gives its exit code. PreconditionError when git is not there, was cancelled, or took too long. */
export async function git(
  directory: string,
  parameters: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const running = execa('git', [...parameters], {
    cwd: directory,
    env: gitEnvironment({ ...process.env, ...options.environment }, options.settings),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: stopGrace,
    timeout: options.timeout ?? 0,
    ...(options.signal && { cancelSignal: options.signal }),
  })
  const { onStderr } = options
  if (onStderr) {
    const decoder = new TextDecoder()
    running.stderr.on('data', (chunk: Buffer) => onStderr(decoder.decode(chunk, { stream: true })))
  }
  const result = await running
  const name = `git ${parameters[0] ?? ''}`
  if (result.timedOut)
    throw new PreconditionError(
      `${name} did not end within ${String((options.timeout ?? 0) / 1000)} seconds.`,
    )
  if (result.isCanceled) throw new PreconditionError(`${name} was cancelled.`)
  if (result.exitCode === undefined) throw notStarted(name, directory, result.code)
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}

/** The standard output of a git command that has to succeed. */
export async function gitOutput(
  directory: string,
  parameters: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await git(directory, parameters, options)
  if (exitCode === 0) return stdout
  throw new PreconditionError(`git ${parameters[0] ?? ''} failed in ${directory}: ${lastLine(stderr)}`)
}

/** What git said last, for a message. */
export function lastLine(stderr: string): string {
  return stderr.trim().split('\n').at(-1)?.trim() || 'it gave no reason.'
}

function notStarted(name: string, directory: string, code: string | undefined): PreconditionError {
  if (code === 'ENOENT') {
    return new PreconditionError(
      `${name} could not be started in ${directory}: git is not installed, or there is no such folder.`,
    )
  }
  return new PreconditionError(`${name} ended without an exit code${code ? ` (${code})` : ''}.`)
}
