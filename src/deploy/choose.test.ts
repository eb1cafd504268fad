import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { withProject } from '../../test/support/project.ts'
import { changesSince } from '../heroku/git-changes.ts'
import type { PendingMigration } from '../migrations/types.ts'
import { choose } from './choose.ts'

let repository: TestRepository

beforeEach(async () => {
  repository = await createTestRepository()
})
afterEach(() => repository.remove())

const pending = (file: string, repeatable = false): PendingMigration => ({
  ...{ id: file, name: '', file, sql: '', sqlLine: 1, transaction: true, singleQuery: false, repeatable },
  reverse: { available: false, sql: null, transaction: true },
})

async function chosen(migrations: readonly PendingMigration[], prefix = 'app/'): Promise<string[]> {
  const directory = join(repository.root, prefix)
  const choice = await choose(directory, prefix, await changesSince(directory, 'HEAD'))
  return choice.from(migrations).map(({ file }) => file)
}

test('a file is chosen by where it lies, whatever way to write it or link leads there', async () => {
  const { root, commit, write } = repository
  await commit('first', 'app/old/1.sql')
  await commit('first', 'real/1.sql')
  await write('app/sql/2.sql', '')
  await write('real/2.sql', '')
  await symlink('../real', join(root, 'app/linked'))
  await withProject({ '3.sql': '' }, async (elsewhere) => {
    expect(await chosen([pending(join(elsewhere, '3.sql')), pending('sql/2.sql')])).toEqual(['sql/2.sql'])
  })
  const paths = ['./sql/2.sql', 'sql//2.sql', 'x/../sql/2.sql', '../real/2.sql', 'linked/2.sql']
  expect(await chosen([...paths, 'old/1.sql', '../real/1.sql'].map((file) => pending(file)))).toEqual(paths)
  // What a new link shows is new to the tool.
  expect(await chosen([pending('linked/1.sql')])).toEqual(['linked/1.sql'])
})

test('what has no file is chosen, and said to be nobody knows whose', async () => {
  await repository.commit('first', 'app/1.sql')
  const directory = join(repository.root, 'app')
  const choice = await choose(directory, 'app/', await changesSince(directory, 'HEAD'))
  const migrations = choice.from([pending('1.sql'), pending('made up')])
  expect(migrations.map(({ file }) => file)).toEqual(['made up'])
  expect(choice.doubts(migrations, true)).toEqual([
    'Whether those are new that have no file; they are judged in any case: made up.',
  ])
})

test('an edited file is chosen, with a doubt unless it runs again or the database was asked', async () => {
  const { commit, write } = repository
  await commit('first', 'app/V1__a.sql')
  await commit('first', 'app/R__b.sql')
  await write('app/V1__a.sql', 'changed')
  await write('app/R__b.sql', 'changed')
  const directory = join(repository.root, 'app')
  const choice = await choose(directory, 'app/', await changesSince(directory, 'HEAD'))
  const migrations = choice.from([pending('V1__a.sql'), pending('R__b.sql', true)])
  expect(migrations.map(({ file }) => file)).toEqual(['V1__a.sql', 'R__b.sql'])
  expect(choice.doubts(migrations, false)).toEqual([
    expect.stringMatching(/applied already .*: V1__a\.sql\.$/),
  ])
  expect(choice.doubts(migrations, true)).toEqual([])
})

test('where all lie outside of the repository, git cannot choose', async () => {
  await repository.commit('first')
  await withProject({ '1.sql': '' }, async (elsewhere) => {
    await mkdir(join(repository.root, 'app'))
    await symlink(elsewhere, join(repository.root, 'app/db'))
    expect(await chosen([pending('db/1.sql')])).toEqual(['db/1.sql'])
    await repository.write('.gitignore', 'db')
    await expect(chosen([pending('../../elsewhere/1.sql')])).rejects.toMatchObject({ exitCode: 7 })
  })
})
