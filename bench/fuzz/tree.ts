import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { loadProject } from '../../src/config/config.ts'
import { checkFiles } from '../../src/deploy/check-files.ts'
import { checkProject } from '../../src/deploy/check-project.ts'
import { LockkeeperError } from '../../src/errors.ts'
import { withStagedTree } from '../../src/heroku/git-staged.ts'
import { createOutput } from '../../src/report/output.ts'
import { createRedactor } from '../../src/report/redaction.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { assertForms } from './forms.ts'
import type { Random } from './random.ts'
import { makeTreeFiles, type TreeFile } from './tree-files.ts'

const run = promisify(execFile)

/** Percent of the trees that are git repositories: each costs some processes. */
const repositories = 5

/** A folder of random files, checked as files and as a project. Errors that are meant for the user are answers, too. */
export async function checkRandomTree(random: Random): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-fuzz-'))
  try {
    const inGit = random.chance(repositories)
    if (inGit) await startRepository(directory, random)
    for (const file of makeTreeFiles(random)) await put(random, directory, file)
    const inTransaction = random.chance(50)
    await answered(async () =>
      checkFiles({ ...(await project(directory)), paths: ['.'], inTransaction, readStandardInput }),
    )
    await answered(async () => checkProject(await project(directory)))
    if (inGit) await checkAdded(directory, random)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const readStandardInput = async () => new Uint8Array()

async function project(directory: string) {
  return { directory, config: await loadProject({ directory, environment: {} }) }
}

const encodings = ['utf8', 'utf8', 'utf8', 'latin1', 'utf16le'] as const

async function put(random: Random, directory: string, { name, text }: TreeFile): Promise<void> {
  const file = join(directory, name)
  try {
    await mkdir(dirname(file), { recursive: true })
    if (random.chance(4)) await mkdir(file)
    else if (random.chance(6)) await symlink(random.pick(['nowhere', '.', '/dev/zero', '..']), file)
    else if (random.chance(2)) await run('mkfifo', [file])
    else
      // A name that comes again may be a pipe by now: writing to it would wait for its reader.
      await writeFile(file, text, { flag: 'wx', encoding: random.pick(encodings) })
  } catch {
    // A file stands where a folder would have to be, or no file can have this name: such trees exist as well.
  }
}

async function startRepository(directory: string, random: Random): Promise<void> {
  await git(directory, 'init', '--quiet')
  await writeFile(join(directory, 'readme.md'), 'x')
  await git(directory, 'add', '.')
  const message = random.pick(['Begin', '[allow-unsafe-migrations]', '\u001b[31m ::error:: "\n\n#'])
  await git(
    directory,
    '-c',
    'user.name=x',
    '-c',
    'user.email=x',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    message,
  )
}

async function git(directory: string, ...words: string[]): Promise<void> {
  await run('git', ['-C', directory, ...words])
}

const refs = [
  'HEAD',
  'HEAD~1',
  'main',
  '',
  '-x',
  '--output=x',
  '..',
  'a b',
  '\n',
  '\u001b[31m',
  '$(touch x)',
  '@{-1}',
  ':/B',
  '^{/x}',
]

async function checkAdded(directory: string, random: Random): Promise<void> {
  // What cannot be added, as a pipe, is not part of the commit either.
  await git(directory, 'add', '--all').catch(() => undefined)
  await answered(() =>
    withStagedTree(directory, async (staged) => checkProject({ ...(await project(directory)), staged })),
  )
  await answered(async () => checkProject({ ...(await project(directory)), since: random.pick(refs) }))
}

async function answered(check: () => Promise<CheckReport>): Promise<void> {
  try {
    assertForms(await check())
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error
    assertMessage(error)
  }
}

/** One message, as it is printed: short, and without orders to the terminal. */
function assertMessage({ message, next }: LockkeeperError): void {
  let printed = ''
  const sink = { write: (text: string) => (printed += text) }
  const output = createOutput({ redactor: createRedactor(), progress: sink, result: sink })
  for (const line of [message, ...next]) output.warning(line)
  if (message.trim() === '' || printed.length > 5000 || /[^\P{Cc}\t\n]/u.test(printed))
    throw new Error(`No message for people: ${JSON.stringify(printed.slice(0, 500))}`)
}
