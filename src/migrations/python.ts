import { delimiter, isAbsolute, join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { askTool, readingSession, type ToolContext } from './ask-tool.ts'
import { isExecutable, isFile } from './project-files.ts'
import { splitWords, standardVariable, toolEnvironment } from './tool-session.ts'
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

/** Python with which a script receives its request, once the database is known. */
export const receiveScript = `
def complain(kind, error, trace):
    """What went wrong, and where in the project's own files: no frames of others, and no lines of source, which may hold secrets."""
    here, place = os.path.join(os.path.realpath(os.getcwd()), ''), ''
    while trace is not None and kind is not SyntaxError:
        path = os.path.realpath(trace.tb_frame.f_code.co_filename)
        if path.startswith(here) and 'site-packages' not in path and os.path.isfile(path):
            place = ' (%s, line %d)' % (path[len(here):], trace.tb_lineno)
        trace = trace.tb_next
    name = kind.__name__ if kind.__module__ == 'builtins' else '%s.%s' % (kind.__module__, kind.__name__)
    first, *rest = str(error).split('\\n')
    print('\\n'.join(['%s: %s%s' % (name, first, place), *rest]), file=sys.stderr)


sys.excepthook = complain


def ended_by_project(end):
    """The words for a project that ends Python itself, before it has answered."""
    if isinstance(end.code, int) or end.code is None:
        return SystemExit('The project ended Python with exit code %s before it could be asked.' % (end.code or 0))
    return end


def receive():
    """The request. What a process of the project finds in its environment comes with it."""
    line = sys.stdin.buffer.readline()
    if not line:
        # Nobody waits for an answer any more.
        os._exit(0)
    told = json.loads(line)
    os.environ.update(told['environment'])
    return told['request']
`

/** Python that says why a driver refuses a text of SQL, whatever Postgres would say to it. */
export const refusedScript = String.raw`
import re

NO_SQL = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/""", re.DOTALL)
COPY = re.compile(r'(?:^|;)\s*copy\b[^;]*\b(?:from\s+stdin|to\s+stdout)\b', re.IGNORECASE)


def refused(sql, one_statement=False):
    """Why, as a sentence without its beginning; None where it is none of what drivers refuse."""
    if 'std' in sql.lower() and COPY.search(NO_SQL.sub(' ', sql)):
        return 'the driver does not take COPY from or to the client as a statement'
    if one_statement and re.search(r';\s*[^\s;]', NO_SQL.sub(' ', sql)):
        return 'the driver takes one statement at a time, and it sends several in one text'
`

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

/**
 * The one that the user named, or: those of the project's virtual environments, of the one that Poetry or Pipenv keeps for it elsewhere,
 * of the active one, and those on the PATH, in this order.
 */
async function findPythons(
  { directory, config }: PythonContext,
  homes: readonly string[],
): Promise<string[][]> {
  const { command } = config.migrations
  if (command !== undefined) return [splitWords(command)]
  const active = process.env['VIRTUAL_ENV']
  const own = [directory, ...homes, process.cwd()].flatMap((folder) => [
    join(folder, '.venv'),
    join(folder, 'venv'),
  ])
  const kept = await Promise.all([directory, ...homes].map(keptElsewhere))
  const environments = [...own, ...kept.flat(), ...(active === undefined ? [] : [active])]
  const candidates = [
    ...environments.map((folder) => join(folder, 'bin', 'python')),
    ...(process.env['PATH'] ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, 'python3')),
  ]
  const distinct = [...new Set(candidates)]
  const usable = await Promise.all(distinct.map(isExecutable))
  return distinct.filter((_, index) => usable[index]).map((candidate) => [candidate])
}

/** What tells where a tool keeps the environment of a project whose folder holds this file. */
const keepers = [
  { file: 'poetry.lock', program: 'poetry', arguments: ['env', 'info', '--path'] },
  { file: 'Pipfile', program: 'pipenv', arguments: ['--venv'] },
]
const keeperDeadline = 30_000 // milliseconds

/** The virtual environments that Poetry and Pipenv know for a folder; none where they know none, or are not installed. */
async function keptElsewhere(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const { file, program, arguments: words } of keepers) {
    if (!(await isFile(join(folder, file)))) continue
    const options = { cwd: folder, reject: false, stdin: 'ignore', timeout: keeperDeadline } as const
    const { execa } = await import('execa')
    const { exitCode, stdout } = await execa(program, words, options)
    const path = stdout?.trim().split('\n').at(-1) ?? ''
    if (exitCode === 0 && isAbsolute(path)) found.push(path)
  }
  return found
}

/** The address of a database without anything secret: enough to recognise it. */
export function withoutCredentials(url: string): string {
  const address = new URL(url)
  address.username = ''
  address.password = ''
  address.search = ''
  return address.href
}
