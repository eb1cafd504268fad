import { PreconditionError, UsageError } from '../errors.ts'
import { git, gitOutput, repositoryTop } from './git-command.ts'

/**
 * The files under a folder, from there, that came with a branch: in its commits since it left `ref`, and what is not committed
 * yet. UsageError for a ref that git does not know; PreconditionError where the history is cut.
 */
export async function filesAddedSince(directory: string, ref: string): Promise<string[]> {
  await repositoryTop(directory)
  const base = await mergeBase(directory, ref)
  const [changed, untracked] = await Promise.all([
    gitOutput(directory, [...addedNames, base, '--', '.']),
    gitOutput(directory, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']),
  ])
  return [...splitPaths(changed), ...splitPaths(untracked)]
}

/** The files under a folder, from there, that the next commit adds. */
export async function stagedFiles(directory: string): Promise<string[]> {
  await repositoryTop(directory)
  return splitPaths(await gitOutput(directory, [...addedNames, '--cached', '--', '.']))
}

/** The commit that is checked out; null outside of a repository, and before the first commit. */
export async function headCommit(directory: string): Promise<{ id: string; message: string } | null> {
  const { exitCode, stdout } = await git(directory, ['log', '-1', '--no-show-signature', '--format=%H%n%B'])
  const [id = '', ...message] = stdout.split('\n')
  return exitCode === 0 && id !== '' ? { id, message: message.join('\n').trim() } : null
}

// A file under a new name is a new migration.
const addedNames = [
  'diff',
  '--name-only',
  '-z',
  '--no-ext-diff',
  '--no-renames',
  '--diff-filter=A',
  '--relative',
]

/** The paths that git prints with -z. */
export function splitPaths(output: string): string[] {
  return output.split('\0').filter((path) => path !== '')
}

async function mergeBase(directory: string, ref: string): Promise<string> {
  const known = ref.startsWith('-')
    ? null
    : await git(directory, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
  if (known?.exitCode !== 0) {
    throw new UsageError(`git knows no commit "${ref}" here.`, {
      next: [
        'In CI, fetch it first, as in: git fetch origin main && lockkeeper check --offline --since origin/main',
      ],
    })
  }
  const { exitCode, stdout } = await git(directory, ['merge-base', known.stdout, 'HEAD'])
  if (exitCode === 0) return stdout
  throw new PreconditionError(`Where this branch left ${ref} is not known: the history here is too short.`, {
    next: ['Fetch the whole history: git fetch --unshallow'],
  })
}
