import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Writable } from 'node:stream'
import { PreconditionError } from '../errors.ts'
import { beforeTheEnd } from '../heroku/before-the-end.ts'
import { withoutSecrets } from '../postgres/secrets.ts'
import { killGroup } from './kill-group.ts'
import { toolEnvironment, type ToolSession } from './tool-session.ts'
import type { MigrationContext } from './types.ts'

/** Where a tool is asked. Its database may still be looked for. */
export interface ToolContext extends Pick<MigrationContext, 'config'> {
  readonly url: string | null | Promise<string | null>
  /** Ends the process. */
  readonly signal?: AbortSignal
  readonly onStart?: () => void
}

export interface Question {
  /** For messages: 'Django'. */
  readonly tool: string
  readonly file: string
  readonly arguments: readonly string[]
  /** What it reads from its standard input, part by part. A part that fails ends the process. */
  readonly input?: readonly (string | Promise<string>)[]
  readonly cwd: string
  /** Receives each whole line that it prints, as it comes. What it throws ends the process. */
  readonly onLine?: ((line: string) => void | Promise<void>) | undefined
  /** Tells the line with which the answer is whole: nobody waits for what the process still has to tidy up. Default: none, its end is waited for. */
  readonly isLast?: ((line: string) => boolean) | undefined
}

/** An answer of a tool's process: what it printed, or that the tool is not installed where it was looked for. */
export type Answer = { readonly text: string } | 'not installed'

/** The exit code by which our scripts say that their framework cannot be imported. */
const notInstalled = 86
/** The exit code by which shells, and the shims of version managers, say that there is no such program. */
const notFound = 127
const longestAnswer = 180 // seconds: a cold start of a large project, and all its SQL
const largestAnswer = 500_000_000 // characters
const shownLines = 15
const keptComplaint = 100_000 // characters of standard error: more than anybody reads

/** How a tool that only reads and prints behaves in its sessions. */
export const readingSession: ToolSession = {
  lockTimeout: 2, // seconds: catalogs are hardly ever locked
  applicationName: 'lockkeeper',
  tlsMode: 'require',
  readOnly: true,
}

/**
 * Runs a process of the framework that reads and prints, in sessions that cannot write. A PreconditionError with the framework's own
 * last lines, free of secrets, when it fails. While the database is not known it starts without one, and its deadline has not begun.
 */
export async function askTool(context: ToolContext, question: Question): Promise<Answer> {
  const { config, signal } = context
  signal?.throwIfAborted()
  const url = context.url instanceof Promise ? null : context.url
  const child = spawn(question.file, question.arguments, {
    cwd: question.cwd,
    env: { ...process.env, ...toolEnvironment({ url, config }, readingSession) },
    // A group of its own: what it starts ends with it.
    detached: process.platform !== 'win32',
  })
  context.onStart?.()
  const seconds = Math.min(longestAnswer, config.migrate.deadline ?? longestAnswer)
  const limit = limitGroup(child.pid, signal)
  void Promise.resolve(context.url).then(
    () => limit.start(seconds),
    () => undefined,
  )
  const result = await talk(child, question).finally(limit.release)
  if (limit.end() === 'deadline')
    throw new PreconditionError(`${question.tool} did not answer within ${seconds} s.`)
  if (limit.end() === 'stopped')
    throw new PreconditionError(`${question.tool} was stopped before it answered. Nothing was changed.`)
  if (result.exitCode === 0) return { text: result.stdout }
  if (result.exitCode === notInstalled || result.exitCode === notFound) return 'not installed'
  throw failure(await context.url, question, result)
}

interface Talk {
  /** Null when it was ended by a signal, or could not be started. */
  readonly exitCode: number | null
  readonly stdout: string
  /** The end of it. */
  readonly stderr: string
}

/** Sends the question and collects the answer, to its last line or the end of the process. */
async function talk(
  child: ChildProcessWithoutNullStreams,
  { tool, input = [], onLine, isLast }: Question,
): Promise<Talk> {
  let stdout = ''
  let stderr = ''
  child.stderr
    .setEncoding('utf8')
    .on('data', (part: string) => (stderr = (stderr + part).slice(-keptComplaint)))
  const end = new Promise<Talk>((resolve, reject) => {
    let telling: Promise<unknown> = Promise.resolve()
    const tell = byLines((line) => {
      telling = telling.then(() => onLine?.(line))
      telling.catch(reject)
      if (isLast?.(line)) resolve(telling.then(() => ({ exitCode: 0, stdout, stderr })))
    })
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part
      if (stdout.length > largestAnswer)
        reject(new PreconditionError(`${tool} gave an answer that is too long to be read.`))
      else if (onLine !== undefined) tell(part)
    })
    child.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve({ exitCode: code === 'ENOENT' ? notFound : null, stdout, stderr }),
    )
    child.on('close', (exitCode) => resolve(telling.then(() => ({ exitCode, stdout, stderr }))))
  })
  try {
    // One that ends early needs no more of its input.
    await Promise.race([end, send(child.stdin, input)])
    return await end
  } catch (error) {
    killGroup(child.pid, 'SIGKILL')
    throw error
  }
}

async function send(stdin: Writable, parts: readonly (string | Promise<string>)[]): Promise<void> {
  // A process that ends before it has read everything closes the pipe: that is no failure of its own.
  stdin.on('error', () => undefined)
  for (const part of parts) stdin.write(await part)
  stdin.end()
}

function byLines(use: (line: string) => void): (part: string) => void {
  let begun = ''
  return (part) => {
    const lines = (begun + part).split('\n')
    begun = lines.pop() ?? ''
    lines.forEach(use)
  }
}

/** Ends a group at its deadline, when the signal says so, and together with this process. */
function limitGroup(pid: number | undefined, signal: AbortSignal | undefined) {
  let end: 'deadline' | 'stopped' | null = null
  let released = false
  let timer: NodeJS.Timeout | undefined
  const kill = (why: 'deadline' | 'stopped'): void => {
    end = why
    killGroup(pid, 'SIGKILL')
  }
  const stop = () => kill('stopped')
  const start = (seconds: number) => {
    if (!released) timer = setTimeout(() => kill('deadline'), seconds * 1000)
  }
  const stay = beforeTheEnd(stop)
  signal?.addEventListener('abort', stop, { once: true })
  const release = () => {
    released = true
    clearTimeout(timer)
    stay()
    signal?.removeEventListener('abort', stop)
  }
  return { start, end: () => end, release }
}

function failure(url: string | null, { tool }: Question, failed: Talk): PreconditionError {
  const said = `${failed.stdout}\n${failed.stderr}`.split('\n').filter((line) => line.trim() !== '')
  const clean = (text: string) => (url === null ? text : withoutSecrets(url, text))
  // Python ends with what went wrong, Node with where that was and with its own version.
  const telling = said.findLast((line) => /^[\w.]*(?:error|exception)\b[^:]*:/i.test(line))
  const last = clean(telling ?? said.at(-1) ?? 'nothing')
  return new PreconditionError(`${tool} cannot tell its migrations. It said: ${last}`, {
    next: said.length > 1 ? said.slice(-shownLines).map(clean) : [],
  })
}
