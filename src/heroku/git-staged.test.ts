import { access, copyFile, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { PreconditionError } from '../errors.ts'
import { withStagedTree } from './git-staged.ts'

let repository: TestRepository

beforeEach(async () => {
  repository = await createTestRepository()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await repository.remove()
})

/** The names in a folder of the tree, and what its files hold. */
async function look(directory: string, folder: string): Promise<Record<string, string>> {
  const names = await readdir(join(directory, folder))
  const read = (name: string) => readFile(join(directory, folder, name), 'utf8').catch(() => 'a folder')
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)))
}

test('holds what is staged, and what git ignores, but no other file', async () => {
  const { git, commit, write, root } = repository
  await write('.gitignore', '.venv/\nlocal.py\n')
  await commit('gone', 'shop/gone.sql')
  await commit('committed', 'shop/kept.sql')
  await write('other/x.sql', 'x')
  await write('shop/kept.sql', 'staged')
  await write('shop/new é.sql', 'staged')
  git('add', '--all')
  git('rm', '--quiet', '--cached', 'shop/gone.sql')
  await write('shop/kept.sql', 'staged, and more that is not')
  await write('shop/untracked.sql', 'untracked')
  await write('shop/.venv/bin/python', 'ignored')
  await write('shop/settings/local.py', 'ignored')
  let tree = ''
  await withStagedTree(join(root, 'shop'), async (directory) => {
    tree = directory
    expect(await look(directory, '.')).toEqual({
      'kept.sql': 'staged',
      'new é.sql': 'staged',
      '.venv': 'a folder',
      settings: 'a folder',
    })
    expect(await look(directory, '.venv/bin')).toEqual({ python: 'ignored' })
    expect(await look(directory, 'settings')).toEqual({ 'local.py': 'ignored' })
  })
  await expect(access(tree)).rejects.toThrow('ENOENT')
  expect(await readFile(join(root, 'shop/.venv/bin/python'), 'utf8')).toBe('ignored')
})

test('is the project itself where nothing but ignored files lies beside what is staged', async () => {
  const { git, write, root } = repository
  await write('.gitignore', 'ignored')
  await write('shop/a.sql', '')
  await write('shop/ignored', '')
  await write('elsewhere', 'not staged')
  git('add', '.gitignore', 'shop')
  const directory = join(root, 'shop')
  expect(await withStagedTree(directory, async (tree) => tree)).toBe(directory)
})

test('is what the index of a commit holds, as the hooks of "git commit --all" see it', async () => {
  const { commit, write, git, root } = repository
  await commit('old', 'a.sql')
  // Of another length: git looks no closer at a file of the same second and length once the index is younger, as its copy may be.
  await write('a.sql', 'staged')
  const read = () => withStagedTree(root, (tree) => readFile(join(tree, 'a.sql'), 'utf8'))
  expect(await read()).toBe('old')
  const index = join(root, '.git/next-index')
  await copyFile(join(root, '.git/index'), index)
  vi.stubEnv('GIT_INDEX_FILE', index)
  git('add', 'a.sql')
  await write('a.sql', 'newer')
  expect(await read()).toBe('staged')
})

test('holds a file of the commit where the project has a folder with ignored files by now', async () => {
  const { commit, write, root } = repository
  await write('.gitignore', '__pycache__\n')
  await commit('a file', 'lib')
  await rm(join(root, 'lib'))
  await write('lib/__pycache__/x', 'ignored')
  expect(await withStagedTree(root, (tree) => readFile(join(tree, 'lib'), 'utf8'))).toBe('a file')
})

test('is a precondition where there is no place for temporary files', async () => {
  await repository.write('a.sql', '')
  vi.stubEnv('TMPDIR', '/nonexistent')
  await expect(withStagedTree(repository.root, async (tree) => tree)).rejects.toThrow(
    '/nonexistent, the folder for temporary files (TMPDIR), cannot be written to',
  )
})

test('outside of a repository is a precondition', async () => {
  await expect(withStagedTree('/', async (tree) => tree)).rejects.toThrow(PreconditionError)
})
