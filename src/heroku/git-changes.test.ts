import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { PreconditionError, UsageError } from '../errors.ts'
import { changesSince, headCommit, stagedChanges } from './git-changes.ts'

let repository: TestRepository

beforeEach(async () => {
  repository = await createTestRepository()
})
afterEach(() => repository.remove())

test('a branch adds its commits since the merge base, and what is not committed yet', async () => {
  const { git, commit, write, root } = repository
  await commit('first', 'app/old.sql')
  git('checkout', '--quiet', '-b', 'feature')
  await commit('second', 'app/new é.sql')
  await commit('elsewhere', 'docs/x.sql')
  await write('app/untracked.sql', '')
  await write('.gitignore', 'ignored.sql')
  await write('app/ignored.sql', '')
  git('checkout', '--quiet', 'trunk', '--', '.')
  git('update-ref', 'refs/heads/trunk', git('commit-tree', '-p', 'trunk', '-m', 'later', 'trunk^{tree}'))
  await write('app/new é.sql', 'changed')
  const { added, edited } = await changesSince(join(root, 'app'), 'trunk')
  expect([...added].sort()).toEqual(['.gitignore', 'app/new é.sql', 'app/untracked.sql', 'docs/x.sql'])
  expect(edited).toEqual([])
  expect(await changesSince(join(root, 'app'), 'HEAD')).toEqual({
    added: ['.gitignore', 'app/untracked.sql'],
    edited: ['app/new é.sql'],
  })
})

test('a file under a new name counts as added', async () => {
  const { git, commit, root } = repository
  await commit('first', 'old.sql')
  git('mv', 'old.sql', 'new.sql')
  expect(await stagedChanges(root)).toEqual({ added: ['new.sql'], edited: [] })
})

test('a merge brings nothing new but what none of its branches holds', async () => {
  const { git, commit, write, root } = repository
  await commit('first', 'both.sql')
  git('checkout', '--quiet', '-b', 'feature')
  await commit('of the feature', 'both.sql')
  git('checkout', '--quiet', 'trunk')
  await commit('of the trunk', 'theirs.sql')
  await commit('of the trunk', 'both.sql')
  git('checkout', '--quiet', 'feature')
  expect(() => git('merge', 'trunk')).toThrow()
  await write('both.sql', 'of the feature and the trunk')
  await write('mine.sql', '')
  git('add', '--all')
  expect(await stagedChanges(root)).toEqual({ added: ['mine.sql'], edited: ['both.sql'] })
})

test('what is staged can be told before the first commit', async () => {
  const { git, write, root } = repository
  await write('a.sql', '')
  git('add', 'a.sql')
  await write('b.sql', '')
  expect(await stagedChanges(root)).toEqual({ added: ['a.sql'], edited: [] })
  expect(await headCommit(root)).toBeNull()
})

test('an unknown ref is wrong usage, and a missing history a precondition', async () => {
  const { git, commit, root } = repository
  await commit('first')
  await expect(changesSince(root, 'origin/main')).rejects.toThrow(UsageError)
  await expect(changesSince(root, '--output=x')).rejects.toThrow('git knows no commit "--output=x"')
  git('checkout', '--quiet', '--orphan', 'unrelated')
  await commit('second')
  await expect(changesSince(root, 'trunk')).rejects.toThrow(PreconditionError)
})

test('the head has its whole message', async () => {
  const { commit, root } = repository
  const id = await commit('Subject\n\nBody [allow-unsafe-migrations]')
  expect(await headCommit(root)).toEqual({ id, message: 'Subject\n\nBody [allow-unsafe-migrations]' })
})

test('outside of a repository there is nothing to tell', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-no-repository-'))
  try {
    expect(await headCommit(directory)).toBeNull()
    await expect(changesSince(directory, 'HEAD')).rejects.toThrow(PreconditionError)
    await expect(stagedChanges(directory)).rejects.toThrow(PreconditionError)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
