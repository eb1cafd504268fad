import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { PreconditionError, systemCode, systemReason } from '../errors.ts'
import { beforeTheEnd } from './before-the-end.ts'
import { splitPaths } from './git-changes.ts'
import { repositoryPrefix } from './repository-prefix.ts'
import { git, gitOutput, repositoryTop } from './git-command.ts'

/**
 * Calls `use` with a folder that holds a project as the next commit will: the project's own where nothing else lies in it, or else a
 * temporary copy of what is staged, with links to what git ignores, because tools need their environments and settings.
 * PreconditionError outside of a repository.
 */
export async function withStagedTree<T>(
  directory: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  await repositoryTop(directory)
  const prefix = (await repositoryPrefix(directory)) ?? ''
  if (await isAsStaged(directory)) return use(directory)
  const tree = await temporaryFolder()
  const stay = beforeTheEnd(() => rmSync(tree, { recursive: true, force: true }))
  try {
    const project = join(tree, prefix)
    await gitOutput(directory, ['checkout-index', '--all', '--quiet', `--prefix=${tree}/`])
    await mkdir(project, { recursive: true })
    await linkIgnored(directory, project)
    return await use(project)
  } finally {
    stay()
    await rm(tree, { recursive: true, force: true })
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(tmpdir(), 'lockkeeper-staged-')))
  } catch (cause) {
    const where = `${tmpdir()}, the folder for temporary files (TMPDIR),`
    throw new PreconditionError(`${where} cannot be written to: ${systemReason(cause)}.`, { cause })
  }
}

/** Whether the files of a folder are those that the next commit holds, but for those that git ignores. */
async function isAsStaged(directory: string): Promise<boolean> {
  const [changed, untracked] = await Promise.all([
    git(directory, ['diff', '--quiet', '--no-ext-diff', '--', '.']),
    gitOutput(directory, [...otherFiles, '--', '.']),
  ])
  return changed.exitCode === 0 && untracked === ''
}

const otherFiles = ['ls-files', '--others', '--exclude-standard', '--directory', '-z']

async function linkIgnored(from: string, to: string): Promise<void> {
  const ignored = splitPaths(await gitOutput(from, [...otherFiles, '--ignored', '--', '.'])).sort()
  let linked = ''
  for (const path of ignored) {
    // git names a folder whose files are all ignored, and some of its files besides.
    if (linked.endsWith('/') && path.startsWith(linked)) continue
    linked = path
    const link = join(to, path.replace(/\/$/, ''))
    await mkdir(dirname(link), { recursive: true })
      .then(() => symlink(resolve(from, path), link))
      .catch(unlessTaken)
  }
}

/** The commit may hold a file where the project has a folder with ignored files, or the other way round. */
function unlessTaken(error: unknown): void {
  if (!['EEXIST', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw error
}
