import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestRepository } from '../../test/support/git-repository.ts'
import { repositoryPrefix } from './repository-prefix.ts'

test('a folder has the place in its repository that git itself tells', async () => {
  const { root, git, write, commit, remove } = await createTestRepository()
  try {
    await write('a/b é/c', '')
    await commit('first', 'a/b é/d')
    git('worktree', 'add', '--quiet', join(root, 'a/tree'))
    for (const folder of ['.', 'a', 'a/b é', 'a/tree', 'a/tree/a/b é'])
      expect(await repositoryPrefix(join(root, folder)), folder).toBe(
        git('-C', folder, 'rev-parse', '--show-prefix'),
      )
  } finally {
    await remove()
  }
})

test('outside of a repository, and where there is no folder, there is none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-no-repository-'))
  try {
    expect(await repositoryPrefix(directory)).toBeNull()
    expect(await repositoryPrefix(join(directory, 'missing'))).toBeNull()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
