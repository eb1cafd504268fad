import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TestRepository {
  readonly root: string
  readonly git: (...parameters: string[]) => string
  readonly write: (path: string, text: string) => Promise<void>
  /** Writes a file and commits everything; gives the id of the commit. */
  readonly commit: (message: string, path?: string) => Promise<string>
  readonly remove: () => Promise<void>
}

/** A git repository of a test's own, with no commit, that takes nothing from the user's configuration. */
export async function createTestRepository(): Promise<TestRepository> {
  // git prints real paths.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lockkeeper-repository-')))
  const git = (...parameters: string[]): string =>
    execFileSync('git', ['-C', root, ...parameters], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  git('init', '--quiet', '--initial-branch=trunk')
  git('config', 'user.name', 'Test')
  git('config', 'user.email', 'test@example.com')
  git('config', 'commit.gpgSign', 'false')
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return {
    root,
    git,
    write,
    commit: async (message, path = 'file') => {
      await write(path, message)
      git('add', '--all')
      git('commit', '--quiet', '--message', message)
      return git('rev-parse', 'HEAD')
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}
