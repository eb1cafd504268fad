import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { git, gitOutput, repositoryTop } from './git-command.ts'
import { herokuGitSettings } from './git-environment.ts'

export { remoteApp } from '../config/git-remote.ts'
export { foreseePush, pushToHeroku, type Push, type Pushed } from './git-push.ts'

/** The working copy that a deploy starts from. */
export interface Repository {
  /** The top folder: absolute. */
  readonly root: string
  /** The full id of the commit that is checked out. */
  readonly head: string
  /** null when HEAD is detached, as CI services leave it. */
  readonly branch: string | null
  /** The history is cut: Heroku refuses a push of it, and ancestors are unknown. */
  readonly shallow: boolean
  /** Tracked files that differ from the commit, from the top folder. */
  readonly dirtyFiles: readonly string[]
  /** Files that git neither tracks nor ignores. */
  readonly untrackedFiles: readonly string[]
}

/** PreconditionError when the folder is in no git repository, git is missing, or nothing was committed yet. */
export async function readRepository(directory: string): Promise<Repository> {
  const root = await repositoryTop(directory)
  const [head, branch, shallow, status] = await Promise.all([
    git(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
    git(root, ['symbolic-ref', '--quiet', '--short', 'HEAD']),
    gitOutput(root, ['rev-parse', '--is-shallow-repository']),
    gitOutput(root, ['status', '--porcelain=v1', '-z', '--untracked-files=all']),
  ])
  if (head.exitCode !== 0) throw new PreconditionError(`The git repository ${root} has no commit yet.`)
  return {
    root,
    head: head.stdout,
    branch: branch.exitCode === 0 ? branch.stdout : null,
    shallow: shallow === 'true',
    ...readStatus(status),
  }
}

/** Two letters, a space and the path of each file, ended by NUL; a rename has its old path after it. */
export function readStatus(status: string): Pick<Repository, 'dirtyFiles' | 'untrackedFiles'> {
  const dirtyFiles: string[] = []
  const untrackedFiles: string[] = []
  const entries = status.split('\0')
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] ?? ''
    if (entry === '') continue
    const path = entry.slice(3)
    if (entry.startsWith('??')) untrackedFiles.push(path)
    else dirtyFiles.push(path)
    if (/^(?:R|C|.R|.C)/.test(entry)) at++
  }
  return { dirtyFiles, untrackedFiles }
}

/** Whether commit `ancestor` is `descendant` or behind it; undefined when one of them is not known here. */
export async function isAncestor(
  root: string,
  ancestor: string,
  descendant: string,
): Promise<boolean | undefined> {
  const { exitCode } = await git(root, ['merge-base', '--is-ancestor', ancestor, descendant])
  return exitCode === 0 ? true : exitCode === 1 ? false : undefined
}

/** The files under a path in a commit, from the top folder. Empty when there is no such path. */
export async function listTree(root: string, commit: string, path: string): Promise<string[]> {
  const names = await gitOutput(root, [
    'ls-tree',
    '-r',
    '-z',
    '--name-only',
    '--full-tree',
    commit,
    '--',
    path,
  ])
  return names.split('\0').filter((name) => name !== '')
}

/**
 * What main (or master) of the app's Heroku repository is: what was pushed last, and not what runs. null when nothing was
 * pushed yet.
 */
export async function remoteMainCommit(options: {
  readonly root: string
  readonly url: string
  readonly token: string
  readonly signal?: AbortSignal
}): Promise<string | null> {
  const { root, url, token, signal } = options
  const settings = herokuGitSettings(url, token)
  const refs = await gitOutput(root, ['ls-remote', '--', url, 'refs/heads/main', 'refs/heads/master'], {
    settings,
    signal,
  })
  const commits = new Map(refs.split('\n').map((line) => line.split('\t').reverse() as [string, string]))
  return commits.get('refs/heads/main') ?? commits.get('refs/heads/master') ?? null
}

/** The address of an app's Heroku repository; `gitUrl` as in Config. */
export function repositoryUrl(gitUrl: string, app: string): string {
  return `${gitUrl}${encodeURIComponent(app)}.git`
}

/** A commit as a gzip tarball, for a build without a push. The file is gone when `use` has ended. */
export async function withArchive<T>(
  root: string,
  commit: string,
  use: (tarball: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-archive-'))
  try {
    const tarball = join(directory, 'source.tar.gz')
    await gitOutput(root, ['archive', '--format=tar.gz', `--output=${tarball}`, commit])
    return await use(tarball)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The files of a commit in a folder of their own, without touching the work tree. The folder is gone when `use` has ended. */
export async function withCheckout<T>(
  root: string,
  commit: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-checkout-'))
  try {
    const settings = { environment: { GIT_INDEX_FILE: join(directory, '.git-index') } }
    await gitOutput(root, ['read-tree', commit], settings)
    await gitOutput(root, ['checkout-index', '--all', `--prefix=${join(directory, 'files')}/`], settings)
    return await use(join(directory, 'files'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
