import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createTestRepository } from '../../test/support/git-repository.ts'
import { lockkeeperCommand } from '../demo/project.ts'
import { runLockkeeper } from '../demo/run-lockkeeper.ts'

const run = promisify(execFile)

test('an unsafe migration cannot be committed without its mark, once the hook is installed', async () => {
  const repository = await createTestRepository()
  const { root, write, git } = repository
  const environment = { PATH: process.env['PATH'] ?? '', HOME: root }
  const lockkeeper = (...args: string[]) => runLockkeeper(args, { directory: root, environment })
  try {
    await repository.commit('Begin')
    // As npm links it into a project.
    await mkdir(join(root, 'node_modules/.bin'), { recursive: true })
    const program = join(root, 'node_modules/.bin/lockkeeper')
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${lockkeeperCommand}" "$@"\n`)
    await chmod(program, 0o755)
    expect((await lockkeeper('hooks', 'install')).output).toContain('installed in .git/hooks/commit-msg')
    expect((await lockkeeper('hooks:install')).output).toContain('already')
    await write('db/migrations/1_a.sql', '-- migrate:up\ndrop table t;\n-- migrate:down\n')
    git('add', 'db')
    const commit = (message: string) => run('git', ['commit', '--message', message], { cwd: root })
    await expect(commit('Drop t')).rejects.toThrow(/unsafe/)
    await commit('Drop t [allow-unsafe-migrations]')
    await write('readme', '')
    git('add', 'readme')
    await commit('Nothing to judge')
    expect((await lockkeeper('hooks', 'uninstall')).output).toContain('removed from .git/hooks/commit-msg')
    expect((await lockkeeper('hooks', 'uninstall')).output).toContain('no hook')
    expect((await lockkeeper('hooks', 'instal')).exitCode).toBe(2)
  } finally {
    await repository.remove()
  }
})
