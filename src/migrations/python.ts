import { delimiter, isAbsolute, join } from 'node:path'
import { execa } from 'execa'
import { PreconditionError } from '../errors.ts'
import { askTool } from './ask-tool.ts'
import { isExecutable, isFile } from './project-files.ts'
import { splitWords } from './tool-session.ts'
import type { MigrationContext } from './types.ts'

export interface PythonQuestion {
  /** For messages: 'Django'. */
  readonly tool: string
  readonly script: string
  /** Passed as JSON in the first argument. */
  readonly request: unknown
  readonly cwd: string
  /** Folders of the project in which a virtual environment may be, besides its top: absolute. */
  readonly homes?: readonly string[]
  /** What to install where no Python has it. */
  readonly install: string
}

/** The interpreter that answered, so that what follows is run by the same one. */
export interface PythonAnswer {
  readonly python: readonly string[]
  readonly answer: unknown
}

/** Asks one Python process, in a session that cannot write; of several Pythons on the machine, the first that has the framework. */
export async function askPython(context: MigrationContext, question: PythonQuestion): Promise<PythonAnswer> {
  for (const python of await findPythons(context, question.homes ?? [])) {
    const [file = '', ...rest] = python
    const answer = await askTool(context, {
      tool: question.tool,
      file,
      arguments: [...rest, '-', JSON.stringify(question.request)],
      input: question.script,
      cwd: question.cwd,
    })
    if (answer !== 'not installed') return { python, answer: parse(question.tool, answer.text) }
  }
  throw new PreconditionError(`No Python here has ${question.tool}.`, {
    next: [question.install, 'Or name the interpreter: migrations.command in lockkeeper.yml'],
  })
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
  { directory, config }: MigrationContext,
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
  const found: string[][] = []
  for (const candidate of new Set(candidates)) if (await isExecutable(candidate)) found.push([candidate])
  return found
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
