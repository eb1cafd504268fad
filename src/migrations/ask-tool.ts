import { execa } from 'execa'
import { PreconditionError } from '../errors.ts'
import { beforeTheEnd } from '../heroku/before-the-end.ts'
import { withoutSecrets } from '../postgres/connection.ts'
import { killGroup } from './command.ts'
import { toolEnvironment } from './tool-session.ts'
import type { MigrationContext } from './types.ts'

export interface Question {
  /** For messages: 'Django'. */
  readonly tool: string
  readonly file: string
  readonly arguments: readonly string[]
  /** What it reads from its standard input: a script, where it is an interpreter. */
  readonly input?: string
  readonly cwd: string
}

/** An answer of a tool's process: what it printed, or that the tool is not installed where it was looked for. */
export type Answer = { readonly text: string } | 'not installed'

/** The exit code by which our scripts say that their framework cannot be imported. */
const notInstalled = 86
/** The exit code by which shells, and the shims of version managers, say that there is no such program. */
const notFound = 127
const longestAnswer = 180 // seconds: a cold start of a large project, and all its SQL
const lockTimeout = 2 // seconds: catalogs are hardly ever locked
const shownLines = 15

/**
 * Runs a process of the framework that reads and prints, in sessions that cannot write. A PreconditionError with the framework's own
 * last lines, free of secrets, when it fails.
 */
export async function askTool(context: MigrationContext, question: Question): Promise<Answer> {
  const { file, cwd, input } = question
  const session = { lockTimeout, applicationName: 'lockkeeper', tlsMode: 'require', readOnly: true } as const
  const child = execa(file, question.arguments, {
    cwd,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: toolEnvironment(context, session),
    reject: false,
    // A group of its own: what it starts ends with it.
    detached: process.platform !== 'win32',
    maxBuffer: 500_000_000,
  })
  const seconds = Math.min(longestAnswer, context.config.migrate.deadline ?? longestAnswer)
  const limit = limitGroup(child.pid, seconds)
  const result = await child.finally(limit.release)
  if (limit.end() === 'deadline')
    throw new PreconditionError(`${question.tool} did not answer within ${seconds} s.`)
  if (limit.end() === 'stopped')
    throw new PreconditionError(`${question.tool} was stopped before it answered. Nothing was changed.`)
  if (result.exitCode === 0) return { text: result.stdout }
  if (result.exitCode === notInstalled || result.exitCode === notFound || result.code === 'ENOENT')
    return 'not installed'
  throw failure(context, question, result)
}

/** Ends a group at its deadline, and together with this process. */
function limitGroup(pid: number | undefined, seconds: number) {
  let end: 'deadline' | 'stopped' | null = null
  const kill = (why: 'deadline' | 'stopped'): void => {
    end = why
    killGroup(pid, 'SIGKILL')
  }
  const timer = setTimeout(() => kill('deadline'), seconds * 1000)
  const stay = beforeTheEnd(() => kill('stopped'))
  const release = () => {
    clearTimeout(timer)
    stay()
  }
  return { end: () => end, release }
}

interface Failed {
  readonly exitCode?: number | undefined
  readonly stderr: string
  readonly stdout: string
}

function failure({ url }: MigrationContext, { tool }: Question, failed: Failed): PreconditionError {
  const said = `${failed.stdout}\n${failed.stderr}`.split('\n').filter((line) => line.trim() !== '')
  const clean = (text: string) => (url === null ? text : withoutSecrets(url, text))
  const last = clean(said.at(-1) ?? 'nothing')
  return new PreconditionError(`${tool} cannot tell its migrations. It said: ${last}`, {
    next: said.length > 1 ? said.slice(-shownLines).map(clean) : [],
  })
}
