import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import {
  isAncestor,
  listTree,
  readRepository,
  readStatus,
  remoteApp,
  repositoryUrl,
  withArchive,
  withCheckout,
} from './git.ts'

let repository: TestRepository
beforeEach(async () => {
  repository = await createTestRepository()
})
afterEach(() => repository.remove())

describe('the repository', () => {
  test('is read from any folder in it', async () => {
    const head = await repository.commit('one', 'folder/file')
    expect(await readRepository(join(repository.root, 'folder'))).toEqual({
      root: repository.root,
      head,
      branch: 'trunk',
      shallow: false,
      dirtyFiles: [],
      untrackedFiles: [],
    })
  })

  test('has no branch when HEAD is detached', async () => {
    const head = await repository.commit('one')
    repository.git('checkout', '--quiet', '--detach')
    expect(await readRepository(repository.root)).toMatchObject({ head, branch: null })
  })

  test('is shallow when its history is cut', async () => {
    await repository.commit('one')
    await repository.commit('two')
    const clone = await mkdtemp(join(tmpdir(), 'lockkeeper-clone-'))
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.root}`, join(clone, 'x'))
    expect(await readRepository(join(clone, 'x'))).toMatchObject({ shallow: true })
    await rm(clone, { recursive: true })
  })

  test('tells changed files from new ones, whatever their names', async () => {
    await repository.commit('one', 'größe "x".sql')
    await repository.commit('one', 'moved')
    await repository.write('größe "x".sql', 'changed')
    await repository.write('new/file', 'new')
    repository.git('mv', 'moved', 'moved-away')
    const { dirtyFiles, untrackedFiles } = await readRepository(repository.root)
    expect([...dirtyFiles].sort()).toEqual(['größe "x".sql', 'moved-away'])
    expect(untrackedFiles).toEqual(['new/file'])
  })

  test('is missing in a folder outside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockkeeper-folder-'))
    await expect(readRepository(folder)).rejects.toMatchObject({
      exitCode: 7,
      message: `${folder} is not in a git repository.`,
    })
    await rm(folder, { recursive: true })
    await expect(readRepository(folder)).rejects.toMatchObject({ exitCode: 7 })
  })

  test('needs a commit', async () => {
    await expect(readRepository(repository.root)).rejects.toThrow('has no commit yet')
  })
})

test('a rename in the status has its old name after it', () => {
  expect(readStatus('R  new\0old\0 M changed\0?? untracked\0')).toEqual({
    dirtyFiles: ['new', 'changed'],
    untrackedFiles: ['untracked'],
  })
})

test('ancestors are known, not known, or not', async () => {
  const one = await repository.commit('one')
  const two = await repository.commit('two')
  expect(await isAncestor(repository.root, one, two)).toBe(true)
  expect(await isAncestor(repository.root, two, two)).toBe(true)
  expect(await isAncestor(repository.root, two, one)).toBe(false)
  expect(await isAncestor(repository.root, 'f'.repeat(40), two)).toBeUndefined()
})

test('a tree lists its files under a path, at a commit', async () => {
  const one = await repository.commit('one', 'db/migrations/001_ä.sql')
  await repository.commit('two', 'db/migrations/002.sql')
  expect(await listTree(repository.root, one, 'db/migrations')).toEqual(['db/migrations/001_ä.sql'])
  expect(await listTree(repository.root, 'HEAD', 'db/migrations')).toHaveLength(2)
  expect(await listTree(repository.root, 'HEAD', 'nothing')).toEqual([])
})

test.each([
  ['https://git.heroku.com/my-app-1.git', 'my-app-1'],
  ['https://user:token@git.heroku.com/my-app-1.git', 'my-app-1'],
  ['git@heroku.com:my-app-1.git', 'my-app-1'],
  ['https://github.com/me/my-app-1.git', undefined],
  ['https://git.heroku.com.evil.example/my-app-1.git', undefined],
])('the remote %s names the app %s', async (url, app) => {
  repository.git('remote', 'add', 'heroku', url)
  expect(await remoteApp(repository.root, 'heroku')).toBe(app)
  expect(await remoteApp(repository.root, 'staging')).toBeUndefined()
})

test('a remote of the git host in use names the app too', async () => {
  repository.git('remote', 'add', 'heroku', 'http://127.0.0.1:5000/x.git')
  expect(await remoteApp(repository.root, 'heroku', 'http://127.0.0.1:5000/')).toBe('x')
  expect(repositoryUrl('http://127.0.0.1:5000/', 'x')).toBe('http://127.0.0.1:5000/x.git')
})

test('an archive holds the commit, and is gone after use, also after a failure', async () => {
  await repository.commit('one', 'Procfile')
  await repository.write('Procfile', 'not committed')
  let path = ''
  const use = async (tarball: string): Promise<never> => {
    path = tarball
    const text = gunzipSync(await readFile(tarball)).toString()
    expect(text).toContain('Procfile')
    expect(text).not.toContain('not committed')
    throw new Error('in use')
  }
  await expect(withArchive(repository.root, 'HEAD', use)).rejects.toThrow('in use')
  expect(existsSync(path)).toBe(false)
})

test('a checkout holds the files of a commit and leaves the work tree alone', async () => {
  const one = await repository.commit('one', 'db/a.sql')
  await repository.commit('two', 'db/b.sql')
  await repository.write('db/a.sql', 'changed')
  const names = await withCheckout(repository.root, one, async (directory) => readdir(join(directory, 'db')))
  expect(names).toEqual(['a.sql'])
  const { dirtyFiles, untrackedFiles } = await readRepository(repository.root)
  expect({ dirtyFiles, untrackedFiles }).toEqual({ dirtyFiles: ['db/a.sql'], untrackedFiles: [] })
})
