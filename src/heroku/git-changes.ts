import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PreconditionError, UsageError } from '../errors.ts'
import { git, gitOutput, repositoryTop } from './git-command.ts'

/** The files of a whole repository that somebody changed, from its top. */
export interface FileChanges {
  readonly added: readonly string[]
  /** They were there before, and held something else. */
  readonly edited: readonly string[]
}

/**
 * What came with a branch to the repository that a folder is in: in its commits since it left `ref`, and what is not committed yet.
 * UsageError for a ref that git does not know; PreconditionError where the history is cut.
 */
export async function changesSince(directory: string, ref: string): Promise<FileChanges> {
  const top = await repositoryTop(directory)
  const base = await mergeBase(directory, ref)
  const [changed, untracked] = await Promise.all([
    gitOutput(top, [...changedNames, base]),
    gitOutput(top, ['ls-files', '--others', '--exclude-standard', '-z']),
  ])
  const { added, edited } = splitChanges(changed)
  return { added: [...added, ...splitPaths(untracked)], edited }
}

/**
 * What the next commit changes. Of a merge only that counts which none of the branches holds like that: the rest was judged there.
 */
export async function stagedChanges(directory: string): Promise<FileChanges> {
  const top = await repositoryTop(directory)
  const staged = async (...parents: readonly string[]) =>
    splitChanges(await gitOutput(top, [...changedNames, '--cached', ...parents]))
  const { added, edited } = await staged()
  const merged = await Promise.all((await mergeHeads(top)).map((head) => staged(head)))
  const all = merged.map((changes) => new Set([...changes.added, ...changes.edited]))
  const isOwn = (path: string) => all.every((paths) => paths.has(path))
  return { added: added.filter(isOwn), edited: edited.filter(isOwn) }
}

/** The commits that a merge under way brings in. */
async function mergeHeads(top: string): Promise<string[]> {
  const file = await gitOutput(top, ['rev-parse', '--git-path', 'MERGE_HEAD'])
  const text = await readFile(resolve(top, file.trim()), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

/** The commit that is checked out; null outside of a repository, and before the first commit. */
export async function headCommit(directory: string): Promise<{ id: string; message: string } | null> {
  const { exitCode, stdout } = await git(directory, ['log', '-1', '--no-show-signature', '--format=%H%n%B'])
  const [id = '', ...message] = stdout.split('\n')
  return exitCode === 0 && id !== '' ? { id, message: message.join('\n').trim() } : null
}

// A file under a new name is a new migration.
const changedNames = ['diff', '--name-status', '-z', '--no-ext-diff', '--no-renames', '--diff-filter=AMT']

/** Each path comes after a letter: 'A' for one that was not there. */
function splitChanges(output: string): FileChanges {
  const words = splitPaths(output)
  const pathsOf = (isWanted: (status: string | undefined) => boolean) =>
    words.filter((_, index) => index % 2 === 1 && isWanted(words[index - 1]))
  return { added: pathsOf((status) => status === 'A'), edited: pathsOf((status) => status !== 'A') }
}

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
