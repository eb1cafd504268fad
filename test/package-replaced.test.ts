import { rmSync } from 'node:fs'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectDirectory } from '../tasks/demo/project.ts'
import { badHealth } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

test('a deploy whose package is removed under it rolls back, as it would with it', async () => {
  await withWorld({}, async (world) => {
    const copy = join(world.directory, 'package')
    await mkdir(copy)
    for (const name of ['bin', 'dist', 'package.json'])
      await cp(join(projectDirectory, name), join(copy, name), { recursive: true })
    await symlink(join(projectDirectory, 'node_modules'), join(copy, 'node_modules'))
    const before = await world.snapshot()
    await commitStory(world, badHealth)
    let removed = false
    const run = await world.run(['deploy', '--app', world.app], {
      command: join(copy, 'bin', 'lockkeeper.js'),
      onLine: (line) => {
        if (removed || !line.includes('-----> Check the pending migrations')) return
        removed = true
        rmSync(copy, { recursive: true })
      },
    })
    expect(removed).toBe(true)
    expectExit(run, 4)
    expect(run.output).toContain('Rolled back')
    await expectRolledBack(world, before)
  })
})
