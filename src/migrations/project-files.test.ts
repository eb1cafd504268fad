import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withProject } from '../../test/support/project.ts'
import { listPaths } from './project-files.ts'

/** What is listed in a folder with links: to where they stand, to another folder, to themselves and to nowhere. */
async function listed(followsLinks: boolean): Promise<string[]> {
  return withProject({ 'sql/a.sql': '', 'sql/deep/b.sql': '', 'other/c.sql': '' }, async (directory) => {
    for (const [name, target] of Object.entries({
      up: '..',
      here: '.',
      o: '../other',
      self: 'self',
      no: 'no',
    }))
      await symlink(target, join(directory, 'sql', name))
    await symlink('..', join(directory, 'sql/deep/up'))
    return (await listPaths(join(directory, 'sql'), { followsLinks })).sort()
  })
}

const links = ['here', 'no', 'o', 'self', 'up']

test('what links lead to is left out', async () => {
  expect(await listed(false)).toEqual(['a.sql', 'deep', 'deep/b.sql', 'deep/up', ...links].sort())
})

test('folders that links lead to are looked into once, though they lead back', async () => {
  const paths = await listed(true)
  expect(paths.filter((path) => path.endsWith('b.sql')).length).toBe(1)
  expect(paths.filter((path) => path.endsWith('c.sql')).length).toBe(1)
  expect(paths).toEqual(expect.arrayContaining(['a.sql', 'deep', ...links]))
})

test('what is not there holds nothing', async () => {
  expect(await withProject({}, async (directory) => listPaths(join(directory, 'sql')))).toEqual([])
})
