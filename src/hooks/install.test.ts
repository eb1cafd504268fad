import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { PreconditionError } from '../errors.ts'
import { installHook, uninstallHook } from './install.ts'

let repository: TestRepository

beforeEach(async () => {
  repository = await createTestRepository()
})
afterEach(() => repository.remove())

const path = (name: string): string => join(repository.root, name)
const gitHook = '.git/hooks/commit-msg'

async function put(name: string, bytes: string, mode = 0o755): Promise<void> {
  await mkdir(dirname(path(name)), { recursive: true })
  await writeFile(path(name), bytes, 'latin1')
  await chmod(path(name), mode)
}

/** Every file of the hooks and of the work tree with its bytes and its mode. */
async function snapshot(): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const folder of ['.git/hooks', '.git/hooks/before-lockkeeper', '.husky', 'hooks', '.']) {
    const entries = await readdir(path(folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries.filter((found) => !found.isDirectory())) {
      const name = join(folder, entry.name)
      files[name] = entry.isSymbolicLink()
        ? `-> ${await readlink(path(name))}`
        : `${(await stat(path(name))).mode} ${await readFile(path(name), 'latin1')}`
    }
  }
  return files
}

/** Commits with `lockkeeper` on the PATH being a script that notes its arguments and ends with `status`. */
async function commitWith(status: number): Promise<{ ended: number; said: string }> {
  await put('bin/lockkeeper', `#!/bin/sh\necho "$@" >> "${path('said')}"\nexit ${status}\n`)
  await repository.write('said', '')
  const before = process.env['PATH']
  process.env['PATH'] = `${path('bin')}:${before ?? ''}`
  try {
    repository.git('commit', '--quiet', '--allow-empty', '--message', 'x')
    return { ended: 0, said: await readFile(path('said'), 'utf8') }
  } catch {
    return { ended: 1, said: await readFile(path('said'), 'utf8') }
  } finally {
    process.env['PATH'] = before
  }
}

describe('a hook of git', () => {
  test('is made where there is none, runs the check, and goes again', async () => {
    const before = await snapshot()
    const { file, change } = await installHook(repository.root)
    expect([file, change]).toEqual([path(gitHook), 'installed'])
    expect(await commitWith(0)).toEqual({
      ended: 0,
      said: expect.stringMatching(/^check --staged --commit-message \S*COMMIT_EDITMSG\n$/) as string,
    })
    expect((await commitWith(3)).ended).toBe(1)
    expect((await installHook(repository.root)).change).toBe('already there')
    expect(await uninstallHook(repository.root)).toMatchObject([{ manager: 'git', change: 'removed' }])
    const after = await snapshot()
    delete after['said']
    expect(after).toEqual(before)
    expect(await uninstallHook(repository.root)).toEqual([])
  })

  const scripts: Readonly<Record<string, readonly [bytes: string, mode?: number]>> = {
    'a script': ['#!/bin/sh\necho "mine $1" >> said\n'],
    'a script that ends at once': ['#!/bin/bash\necho "mine $1" >> said\nexit 0\n# no line break'],
    'a script without a first line': ['echo "mine $1" >> said\n'],
    'a script in one line without a break': ['#!/usr/bin/env bash'],
    'nothing at all': [''],
    'another language': ['#!/usr/bin/env node\nrequire("fs").appendFileSync("said", "mine\\n")\n'],
    'bytes that are no text': ['#!/bin/sh\n# \xff\xfe\r\necho "mine" >> said\n'],
    'a script that is not active': ['#!/bin/sh\nexit 1\n', 0o644],
  }

  for (const [title, [bytes, mode]] of Object.entries(scripts)) {
    test(`that holds ${title} is kept, and comes back byte for byte`, async () => {
      await put(gitHook, bytes, mode)
      const before = await snapshot()
      await installHook(repository.root)
      const installed = await snapshot()
      expect((await installHook(repository.root)).change).toBe('already there')
      expect(await snapshot()).toEqual(installed)
      const { ended, said } = await commitWith(0)
      expect(ended).toBe(0)
      expect(said.includes('mine')).toBe(bytes.includes('mine'))
      expect(said).toContain('check --staged')
      expect((await commitWith(3)).ended).toBe(1)
      await uninstallHook(repository.root)
      const after = await snapshot()
      delete after['said']
      expect(after).toEqual(before)
    })
  }

  test('that is a link stays one', async () => {
    await put('hooks/shared', '#!/bin/sh\nexit 0\n')
    await mkdir(path('.git/hooks'), { recursive: true })
    await symlink('../../hooks/shared', path(gitHook))
    const before = await snapshot()
    await installHook(repository.root)
    expect((await snapshot())['hooks/shared']).toBe(before['hooks/shared'])
    expect((await commitWith(3)).ended).toBe(1)
    await uninstallHook(repository.root)
    const after = await snapshot()
    delete after['said']
    expect(after).toEqual(before)
  })

  test('that asks for its own name is called by it', async () => {
    await put('hooks/any', '#!/bin/sh\n[ "$(basename "$0")" = commit-msg ] && echo mine >> said\n')
    await mkdir(path('.git/hooks'), { recursive: true })
    await symlink('../../hooks/any', path(gitHook))
    const before = await snapshot()
    await installHook(repository.root)
    expect(await commitWith(0)).toMatchObject({ ended: 0, said: expect.stringContaining('mine') as string })
    await uninstallHook(repository.root)
    const after = await snapshot()
    delete after['said']
    expect(after).toEqual(before)
    expect(await readdir(path('.git/hooks'))).not.toContain('before-lockkeeper')
  })

  test('keeps what was written into it since', async () => {
    await put(gitHook, '#!/bin/sh\none\n')
    await installHook(repository.root)
    await writeFile(path(gitHook), (await readFile(path(gitHook), 'utf8')) + 'two\n')
    await uninstallHook(repository.root)
    expect(await readFile(path(gitHook), 'utf8')).toBe('#!/bin/sh\none\ntwo\n')
  })

  test('stands where core.hooksPath says', async () => {
    repository.git('config', 'core.hooksPath', 'hooks')
    expect((await installHook(repository.root)).file).toBe(path('hooks/commit-msg'))
    expect((await commitWith(3)).ended).toBe(1)
    await uninstallHook(repository.root)
    expect(await readdir(path('hooks'))).toEqual([])
  })

  test('serves each of several projects in one repository', async () => {
    await repository.write("a b/it's/x", '')
    await repository.write('shop/x', '')
    await installHook(path("a b/it's"))
    const first = await readFile(path(gitHook), 'utf8')
    await installHook(path('shop'))
    const { said } = await commitWith(0)
    expect(said).toContain('--directory shop/ --commit-message')
    expect(said).toContain("--directory a b/it's/ --commit-message")
    await uninstallHook(path('shop'))
    expect(await readFile(path(gitHook), 'utf8')).toBe(first)
  })

  test.each([
    ['nothing', undefined],
    ['another language', '#!/usr/bin/env node\nrequire("fs").appendFileSync("said", "mine\\n")\n'],
  ])('of several projects leaves what was there before, whichever goes first: %s', async (_, bytes) => {
    if (bytes !== undefined) await put(gitHook, bytes)
    await repository.write('shop/x', '')
    await repository.write('other/x', '')
    const before = await snapshot()
    for (const order of [
      ['shop', 'other'],
      ['other', 'shop'],
    ]) {
      await installHook(path('shop'))
      await installHook(path('other'))
      expect((await installHook(path('other'))).change).toBe('already there')
      const [first = '', last = ''] = order
      await uninstallHook(path(first))
      expect((await installHook(path(last))).change).toBe('already there')
      const { said } = await commitWith(0)
      expect(said.split('\n').filter((line) => line === 'mine')).toHaveLength(bytes === undefined ? 0 : 1)
      expect(said).toContain(`--directory ${last}/`)
      await uninstallHook(path(last))
      const after = await snapshot()
      delete after['said']
      expect(after).toEqual(before)
    }
  })

  test('finds lockkeeper in the folders around the project, and in the first work tree', async () => {
    await repository.write('shop/x', '')
    await repository.commit('Begin')
    await put('node_modules/.bin/lockkeeper', '#!/bin/sh\necho "refused $@" >&2\nexit 3\n')
    await repository.write('.gitignore', 'node_modules\ntree\n')
    await installHook(path('shop'))
    expect(() => repository.git('commit', '--quiet', '--allow-empty', '--message', 'x')).toThrow()
    repository.git('worktree', 'add', '--quiet', 'tree')
    expect(() =>
      repository.git('-C', 'tree', 'commit', '--quiet', '--allow-empty', '--message', 'x'),
    ).toThrow()
  })

  test('lets the commit pass, and says so, where lockkeeper is not installed', async () => {
    await installHook(repository.root)
    expect(() => repository.git('commit', '--quiet', '--allow-empty', '--message', 'x')).not.toThrow()
  })
})

describe('husky', () => {
  test.each(['npm test\n', '', '#!/bin/sh\n. "$(dirname "$0")/_/husky.sh"\nnpx commitlint --edit $1'])(
    'has the block in its own file: %j',
    async (bytes) => {
      await put('.husky/commit-msg', bytes)
      const before = await snapshot()
      expect(await installHook(repository.root)).toMatchObject({
        manager: 'husky',
        file: path('.husky/commit-msg'),
      })
      expect((await installHook(repository.root)).change).toBe('already there')
      await uninstallHook(repository.root)
      expect(await snapshot()).toEqual(before)
    },
  )

  /** As its version 9 does it. */
  const runner = '#!/bin/sh\n[ -f .husky/commit-msg ] || exit 0\nsh -e .husky/commit-msg "$@"\n'

  test.each(['a file', 'a link'])(
    'runs a hook that is not executable, and it stays active: %s',
    async (kind) => {
      await put('.husky/_/commit-msg', runner)
      repository.git('config', 'core.hooksPath', '.husky/_')
      const target = kind === 'a link' ? 'hooks/shared' : '.husky/commit-msg'
      await put(target, 'echo mine >> said\n', 0o644)
      if (kind === 'a link') await symlink('../hooks/shared', path('.husky/commit-msg'))
      const before = await snapshot()
      await installHook(repository.root)
      expect(await commitWith(0)).toMatchObject({ ended: 0, said: expect.stringContaining('mine') as string })
      expect((await commitWith(3)).ended).toBe(1)
      await uninstallHook(repository.root)
      const after = await snapshot()
      delete after['said']
      expect(after).toEqual(before)
    },
  )
})

type Hooks = Record<string, Record<string, Record<string, Record<string, unknown>>>>

describe('lefthook', () => {
  const command = 'lockkeeper check --staged --commit-message {1}'
  test.each([
    ['nothing', ''],
    ['other hooks', '# ours\npre-commit:\n  commands:\n    lint:\n      run: npm run lint'],
    [
      'commands',
      'commit-msg:\n  parallel: true\n  commands:\n    # says how\n    spell:\n      run: spell {1}\n',
    ],
    [
      'commands that are to come',
      'commit-msg:\n  commands: # soon\n  parallel: true\npre-push:\n  parallel: true\n',
    ],
    ['commands that are to come at the end', 'commit-msg:\n  commands:'],
    ['no commands yet', 'commit-msg:\n    parallel: true\npre-push:\n    parallel: true\n'],
    ['lines of Windows', 'commit-msg:\r\n  commands:\r\n    spell:\r\n      run: spell {1}\r\n'],
  ])('with %s', async (_, text) => {
    await put('lefthook.yml', text, 0o644)
    const before = await snapshot()
    const { next, manager } = await installHook(repository.root)
    expect([manager, next]).toEqual(['lefthook', ['lefthook install']])
    const installed = await readFile(path('lefthook.yml'), 'utf8')
    const hooks = parse(installed) as Hooks
    expect(hooks['commit-msg']?.['commands']?.['lockkeeper']).toEqual({ run: command })
    const kept = hooks['commit-msg']?.['commands']
    delete kept?.['lockkeeper']
    // What is to come has come.
    const was = parse(text.replace(/commands:(?=$| #)/, 'commands: {}')) as object | null
    expect(hooks).toMatchObject(was ?? {})
    expect((await installHook(repository.root)).change).toBe('already there')
    await uninstallHook(repository.root)
    expect(await snapshot()).toEqual(before)
  })

  test('with jobs', async () => {
    await put('lefthook.yml', 'commit-msg:\n  jobs:\n    - name: spell\n      run: spell {1}\n')
    await installHook(repository.root)
    const hooks = parse(await readFile(path('lefthook.yml'), 'utf8')) as Hooks
    expect(hooks['commit-msg']?.['jobs']).toEqual([
      { name: 'lockkeeper', run: command },
      { name: 'spell', run: 'spell {1}' },
    ])
  })

  test.each(['{commit-msg: {}}', 'commit-msg: {commands: {a: {run: b}}}', 'a: 1\n---\nb: 2\n', 'a: [1\n'])(
    'that cannot be changed is left alone, with the command: %j',
    async (text) => {
      await put('lefthook.yml', text)
      await expect(installHook(repository.root)).rejects.toThrow(PreconditionError)
      expect(await readFile(path('lefthook.yml'), 'utf8')).toBe(text)
    },
  )
})

describe('pre-commit', () => {
  test.each([
    'repos:\n- repo: local\n  hooks: [{id: a, name: a, entry: a, language: system}]\n',
    'default_stages: [commit]\nrepos:\n  # first\n  -   repo: https://example.com/x\n      rev: v1\n      hooks:\n      -   id: x',
  ])('has a local hook: %j', async (text) => {
    await put('.pre-commit-config.yaml', text, 0o644)
    const before = await snapshot()
    const { next } = await installHook(repository.root)
    expect(next).toEqual(['pre-commit install --hook-type commit-msg'])
    const { repos } = parse(await readFile(path('.pre-commit-config.yaml'), 'utf8')) as { repos: unknown[] }
    expect(repos).toHaveLength(2)
    expect(repos[0]).toMatchObject({
      repo: 'local',
      hooks: [{ entry: 'lockkeeper check --staged --commit-message', stages: ['commit-msg'] }],
    })
    expect((await installHook(repository.root)).change).toBe('already there')
    await uninstallHook(repository.root)
    expect(await snapshot()).toEqual(before)
  })
})

test('a dependency of the project is started by npx', async () => {
  await put('package.json', '{"devDependencies": {"lockkeeper": "1"}}')
  await put('lefthook.yml', '')
  await installHook(repository.root)
  expect(await readFile(path('lefthook.yml'), 'utf8')).toContain('"npx --no-install lockkeeper check')
})

test('outside of a git repository there is nothing to install', async () => {
  await expect(installHook('/')).rejects.toThrow(PreconditionError)
})

test('what the operating system refuses is told, and changes nothing', async () => {
  await put('in-the-way', '')
  repository.git('config', 'core.hooksPath', 'in-the-way/hooks')
  await expect(installHook(repository.root)).rejects.toThrow(
    /commit-msg cannot be changed: a part of the path is no folder \(ENOTDIR\)\. It is as it was\./,
  )
})
