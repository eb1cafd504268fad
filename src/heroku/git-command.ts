import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { PreconditionError } from '../errors.ts'
import { gitEnvironment, type GitSetting } from './git-environment.ts'
import { startTimeLimit } from './time-limit.ts'

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface GitOptions {
  readonly settings?: readonly GitSetting[]
  /** Variables over those of this process. */
  readonly environment?: Readonly<Record<string, string>>
  /** Real milliseconds. Default two minutes. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
  /** Standard error as it comes. */
  readonly onStderr?: ((text: string) => void) | undefined
}

/** Milliseconds for a command that only looks. */
const standardTimeout = 120_000
/** Milliseconds between asking git to stop and making it. */
const stopGrace = 2000

/** Runs git and gives its exit code. PreconditionError when git is not there, was cancelled, or took too long. */
export async function git(
  directory: string,
  parameters: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const { timeout = standardTimeout, onStderr } = options
  const name = `git ${parameters[0] ?? ''}`
  if (options.signal?.aborted) throw new PreconditionError(`${name} was cancelled.`)
  const limit = startTimeLimit(timeout, [options.signal])
  const child = spawn('git', parameters, {
    cwd: directory,
    env: gitEnvironment({ ...process.env, ...options.environment }, options.settings),
    stdio: ['ignore', 'pipe', 'pipe'],
    // git leaves the talking to children, which outlive it when it alone is told to stop.
    detached: true,
  })
  const release = endGroupOn(limit.signal, child.pid)
  try {
    const result = await outcomeOf(child, onStderr)
    if (limit.reached)
      throw new PreconditionError(`${name} did not end within ${String(timeout / 1000)} seconds.`)
    if (limit.signal.aborted) throw new PreconditionError(`${name} was cancelled.`)
    if (result.exitCode === null) throw notStarted(name, directory, result.code)
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
  } finally {
    release()
    limit.end()
  }
}

interface Outcome {
  /** Null when it was ended by a signal, or could not be started. */
  readonly exitCode: number | null
  /** Why it could not be started. */
  readonly code?: string | undefined
  readonly stdout: string
  readonly stderr: string
}

function outcomeOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  onStderr: GitOptions['onStderr'],
): Promise<Outcome> {
  const told = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.stderr += text
    onStderr?.(text)
  })
  const outcome = () => ({ stdout: withoutLastBreak(told.stdout), stderr: withoutLastBreak(told.stderr) })
  return new Promise((resolve) => {
    child.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ exitCode: null, code, ...outcome() }))
    child.on('close', (exitCode) => resolve({ exitCode, ...outcome() }))
  })
}

const withoutLastBreak = (text: string) => text.replace(/\r?\n$/, '')

/** Ends a process with all of its children when the signal is aborted, or when this process ends first. */
function endGroupOn(signal: AbortSignal, pid: number | undefined): () => void {
  let killing: NodeJS.Timeout | undefined
  const end = (): void => {
    signalGroup(pid, 'SIGTERM')
    killing = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopGrace)
  }
  const exit = (): void => signalGroup(pid, 'SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  process.once('exit', exit)
  return () => {
    clearTimeout(killing)
    if (signal.aborted) signalGroup(pid, 'SIGKILL')
    signal.removeEventListener('abort', end)
    process.removeListener('exit', exit)
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // It has ended by itself.
  }
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

/** The top folder of the work tree that a folder is in: absolute. PreconditionError where git knows none, or refuses to read it. */
export async function repositoryTop(directory: string): Promise<string> {
  const { exitCode, stdout, stderr } = await git(directory, ['rev-parse', '--show-toplevel'])
  if (exitCode === 0) return stdout
  throw notARepository(directory, stderr)
}

function notARepository(directory: string, said: string): PreconditionError {
  // Of git's reasons this is the one that is not what it seems: the repository is there.
  const unsafe = said.includes('safe.directory')
  return new PreconditionError(
    unsafe
      ? `The git repository in ${directory} belongs to another user, and git refuses to read it.`
      : `${directory} is not in a git repository.`,
    unsafe ? { next: [`git config --global --add safe.directory ${directory}`] } : {},
  )
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
