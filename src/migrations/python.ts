import { PreconditionError } from '../errors.ts'
import { askTool, readingSession, type ToolContext } from './ask-tool.ts'
import { findPythons } from './find-python.ts'
import { standardVariable, toolEnvironment } from './tool-session.ts'
import type { MigrationContext } from './types.ts'

export type PythonContext = ToolContext & Pick<MigrationContext, 'directory'>

export interface PythonQuestion {
  /** For messages: 'Django'. */
  readonly tool: string
  readonly script: string
  /** What it receives, together with how the target's database is recognised. */
  readonly request: Readonly<Record<string, unknown>>
  readonly cwd: string
  /** Folders of the project in which a virtual environment may be, besides its top: absolute. */
  readonly homes?: readonly string[]
  /** What to install where no Python has it. */
  readonly install: string
  /** Receives what each line of the answer says, as it comes. */
  readonly onPart?: (part: unknown) => Promise<void>
  /** See Question. */
  readonly isLast?: (line: string) => boolean
}

/** The interpreter that answered, so that what follows is run by the same one. */
export interface PythonAnswer {
  readonly python: readonly string[]
  /** What the last line of its output says. */
  readonly answer: unknown
}

/** Runs the script that it is sent: for an argument list, that may be too long. */
const loader = 'import json, sys; exec(json.loads(sys.stdin.buffer.readline()))'

/**
 * Asks one Python process, in a session that cannot write; of several Pythons on the machine, the first that has the framework. It starts
 * at once, and is told of the database when that is known.
 */
export async function askPython(context: PythonContext, question: PythonQuestion): Promise<PythonAnswer> {
  const { tool, onPart, isLast } = question
  const url = Promise.resolve(context.url)
  const message = url.then((known) => messageFor(context, question, known))
  // Told by the process that waits for it.
  message.catch(() => undefined)
  for (const python of await findPythons(context, question.homes ?? [])) {
    const [file = '', ...rest] = python
    const answer = await askTool(
      { ...context, url },
      {
        tool,
        file,
        arguments: [...rest, '-c', loader],
        input: [`${JSON.stringify(question.script)}\n`, message],
        cwd: question.cwd,
        onLine: onPart && ((line) => onPart(parse(tool, line))),
        isLast,
      },
    )
    if (answer !== 'not installed') return { python, answer: parse(tool, lastLine(answer.text)) }
  }
  const { command } = context.config.migrations
  if (command !== undefined)
    throw new PreconditionError(
      `The interpreter that migrations.command names, ${command}, cannot be started, or has no ${tool}.`,
      { next: [question.install] },
    )
  throw new PreconditionError(`No Python here has ${tool}.`, {
    next: [question.install, 'Or name the interpreter: migrations.command in lockkeeper.yml'],
  })
}

function messageFor({ config }: ToolContext, { request }: PythonQuestion, url: string | null): string {
  return JSON.stringify({
    request: {
      ...request,
      url: url === null ? null : withoutCredentials(url),
      variable: config.migrations.urlVariable ?? standardVariable,
    },
    environment: toolEnvironment({ url, config }, readingSession),
  })
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

function parse(tool: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PreconditionError(`${tool} gave an answer that cannot be read.`, { cause })
  }
}

/** The address of a database without anything secret: enough to recognise it. */
export function withoutCredentials(url: string): string {
  const address = new URL(url)
  address.username = ''
  address.password = ''
  address.search = ''
  return address.href
}
