import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { $ } from 'zx'
import type { Files } from './example-files.ts'

/** A git repository in a directory of its own, as a user's checkout. */
export interface Repository {
  readonly directory: string
  read(path: string): Promise<string>
  /** Writes the files, without a commit. */
  write(files: Files): Promise<void>
  /** Writes the files and commits everything. Resolves with the commit. */
  commit(message: string, files: Files): Promise<string>
  /** Undoes the newest commit by a further one, as a team does: Heroku refuses what is not a fast-forward. */
  revert(): Promise<string>
  head(): Promise<string>
  /** Runs git in the checkout. Resolves with what it printed; throws when it fails. */
  git(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>
}

/** The identity of the commits, and nothing of the machine's own git configuration. */
export const gitEnvironment = {
  GIT_AUTHOR_NAME: 'Demo',
  GIT_AUTHOR_EMAIL: 'demo@example.com',
  GIT_COMMITTER_NAME: 'Demo',
  GIT_COMMITTER_EMAIL: 'demo@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
}

/** Makes the repository with a first commit on main. */
export async function createRepository(directory: string, files: Files): Promise<Repository> {
  await mkdir(directory, { recursive: true })
  const git: Repository['git'] = async (args, environment = {}) => {
    const env = { ...process.env, ...gitEnvironment, ...environment }
    return (await $({ cwd: directory, env, quiet: true })`git ${args}`).stdout.trim()
  }
  const head = () => git(['rev-parse', 'HEAD'])
  const commit = async (message: string, changed: Files) => {
    await writeFiles(directory, changed)
    await git(['add', '--all'])
    await git(['commit', '--quiet', '--message', message])
    return head()
  }
  await git(['init', '--quiet', '--initial-branch=main'])
  await commit('First version', files)
  return {
    directory,
    read: (path) => readFile(join(directory, path), 'utf8'),
    write: (changed) => writeFiles(directory, changed),
    commit,
    revert: async () => {
      await git(['revert', '--no-edit', 'HEAD'])
      return head()
    },
    head,
    git,
  }
}

async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path)
    if (content === null) {
      await rm(file)
    } else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    }
  }
}
