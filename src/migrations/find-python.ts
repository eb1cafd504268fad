import { delimiter, isAbsolute, join } from 'node:path'
import { isExecutable } from './find-program.ts'
import { isFile } from './project-files.ts'
import { splitWords } from './tool-session.ts'
import type { MigrationContext } from './types.ts'

/**
 * The one that the user named, or: those of the project's virtual environments, of the one that Poetry or Pipenv keeps for it elsewhere,
 * of the active one, and those on the PATH, in this order. Each is the words that start it. `homes` are folders of the project, absolute.
 */
export async function findPythons(
  { directory, config }: Pick<MigrationContext, 'directory' | 'config'>,
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
