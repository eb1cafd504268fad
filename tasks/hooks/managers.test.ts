import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { installFrameworks } from '../../test/support/npm-frameworks.ts'
import { withProject } from '../../test/support/project.ts'
import { lockkeeperCommand } from '../demo/project.ts'

let programs: string
beforeAll(async () => {
  programs = join(await installFrameworks(), 'node_modules/.bin')
}, 300_000)

interface Manager {
  /** The file that holds the hooks, and what is in it before. */
  readonly file: string
  readonly text: string
  /** What makes git run them: a command line. */
  readonly activate: readonly string[]
}

const managers: Readonly<Record<string, Manager>> = {
  git: { file: '.git/hooks/commit-msg', text: '#!/bin/sh\necho "mine: $(cat "$1")"', activate: [] },
  husky: { file: '.husky/commit-msg', text: 'echo "mine: $(cat "$1")"\n', activate: ['husky'] },
  lefthook: {
    file: 'lefthook.yml',
    text: '# ours\ncommit-msg:\n  commands:\n    spell:\n      run: echo "mine" && cat {1}',
    activate: ['lefthook', 'install'],
  },
  'pre-commit': {
    file: '.pre-commit-config.yaml',
    text: `repos:\n- repo: local\n  hooks:\n  - {id: mine, name: mine, entry: echo mine, language: system, stages: [commit-msg], verbose: true}\n`,
    activate: ['pre-commit', 'install', '--hook-type', 'commit-msg'],
  },
}

interface Desk extends TestRepository {
  readonly run: (words: readonly string[]) => Promise<{ exitCode: number | undefined; all: string }>
}

/** A repository whose hooks are kept by a manager that is active, and where lockkeeper is a dependency, as npm installs it. */
async function withManager({ file, text, activate }: Manager, use: (desk: Desk) => Promise<void>) {
  const repository = await createTestRepository()
  const { root, write } = repository
  try {
    await withProject({}, async (home) => {
      const bin = join(root, 'node_modules/.bin')
      await mkdir(bin, { recursive: true })
      const script = `#!/bin/sh\nexec "${process.execPath}" "${lockkeeperCommand}" "$@"\n`
      await writeFile(join(bin, 'lockkeeper'), script)
      await chmod(join(bin, 'lockkeeper'), 0o755)
      const env = {
        PATH: [bin, programs, process.env['PATH']].join(delimiter),
        HOME: home,
        XDG_CACHE_HOME: home,
      }
      const options = { cwd: root, env, extendEnv: false, reject: false, all: true, stdin: 'ignore' } as const
      const run: Desk['run'] = async ([program = '', ...words]) => {
        const { exitCode, all } = await execa(program, words, options)
        return { exitCode, all }
      }
      await write('.gitignore', 'node_modules\n_\n')
      await write('package.json', '{"private": true, "devDependencies": {"lockkeeper": "*"}}\n')
      await write(file, text)
      if (file.endsWith('commit-msg')) await chmod(join(root, file), 0o755)
      await repository.commit('Begin')
      if (activate.length > 0) expect(await run(activate)).toMatchObject({ exitCode: 0 })
      await use({ ...repository, run })
    })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const drop = '-- migrate:up\ndrop table t;\n-- migrate:down\n'
const harmless = '-- migrate:up\ncreate table t (i int);\n-- migrate:down\n'

describe.each(Object.entries(managers))('%s', (name, manager) => {
  test('refuses an unsafe migration until its message allows it, beside its own hook', async () => {
    await withManager(manager, async ({ root, git, write, run }) => {
      const commit = (message: string) => run(['git', 'commit', '--message', message])
      const installed = await run(['lockkeeper', 'hooks', 'install'])
      expect(installed.all).toContain(`installed in ${manager.file}${name === 'git' ? '' : ` (${name})`}`)
      const next = /Now run: (.*)/.exec(installed.all)?.[1]
      if (next !== undefined) expect(await run(next.split(' '))).toMatchObject({ exitCode: 0 })
      git('add', '--all')
      await write('db/migrations/1_a.sql', drop)
      git('add', 'db')
      // What is not staged does not count, whatever it would be.
      await write('db/migrations/1_a.sql', harmless)
      const refused = await commit('Drop t')
      expect(refused.all).toContain('drop-table')
      expect(refused.all).toContain('put [allow-unsafe-migrations] in the message of the commit')
      expect(refused.exitCode).not.toBe(0)
      const allowed = await commit('Drop t [allow-unsafe-migrations]')
      expect(allowed).toMatchObject({ exitCode: 0 })
      expect(allowed.all).toContain('mine')
      git('add', 'db')
      expect((await commit('Nothing that is added')).exitCode).toBe(0)
      expect((await run(['lockkeeper', 'hooks', 'uninstall'])).all).toContain(`removed from ${manager.file}`)
      expect(await readFile(join(root, manager.file), 'utf8')).toBe(manager.text)
      await write('db/migrations/2_b.sql', drop)
      git('add', '--all')
      expect((await commit('Drop t again')).exitCode).toBe(0)
    })
  })
})
