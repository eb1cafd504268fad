import { chmod } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { askPython, withoutCredentials } from './python.ts'

const path = process.env['PATH']
afterEach(() => {
  process.env['PATH'] = path
})

const nowhere = 'postgres://user:hush@127.0.0.1:1/database?sslmode=require'
const shells = {
  'shim/python3': '#!/bin/sh\nexit 127\n',
  'bare/python3': '#!/bin/sh\nexit 86\n',
  'good/python3': '#!/bin/sh\nread -r script; read -r message; echo "$message"\n',
  'mute/python3': '#!/bin/sh\nexit 0\n',
  'slow/python3': '#!/bin/sh\n/bin/sleep 60\n',
  'bad/python3': '#!/bin/sh\nread -r script; read -r message; echo "cannot reach $message" >&2\nexit 1\n',
}

/** Asks with only these stand-ins for Python on the PATH. */
function ask(folders: readonly string[], files: Readonly<Record<string, string>> = {}, deadline = 60) {
  return withProject({ ...shells, ...files }, async (directory) => {
    for (const name of Object.keys({ ...shells, ...files })) await chmod(join(directory, name), 0o755)
    process.env['PATH'] = folders.map((folder) => join(directory, folder)).join(delimiter)
    const question = {
      tool: 'Django',
      script: 'pass',
      request: { number: 7 },
      cwd: directory,
      install: 'pip install django',
      homes: [join(directory, 'backend')],
    }
    const context = projectContext(directory, nowhere)
    const config = { ...context.config, migrate: { ...context.config.migrate, deadline } }
    const { python, answer } = await askPython({ ...context, config }, question)
    return { python: python[0]?.replace(directory, ''), answer }
  })
}

test('the first Python that has the framework answers', async () => {
  expect(await ask(['shim', 'bare', 'good', 'bad'])).toMatchObject({
    python: '/good/python3',
    answer: { request: { number: 7 } },
  })
})

test('one that fails says why, without the secret, and no other is asked', async () => {
  await expect(ask(['bad', 'good'])).rejects.toThrow(
    /^Django cannot tell its migrations. It said: cannot reach .*"DATABASE_URL":"\[hidden\]"/,
  )
})

test('one that hangs is ended at its deadline, with all that it started', async () => {
  const started = Date.now()
  await expect(ask(['slow', 'good'], {}, 0.5)).rejects.toThrow('Django did not answer within 0.5 s.')
  expect(Date.now() - started).toBeLessThan(20_000)
})

const good = shells['good/python3']

test.each([
  ['the project', { '.venv/bin/python': good }, '/.venv/bin/python'],
  ['the folder of its program', { 'backend/venv/bin/python': good }, '/backend/venv/bin/python'],
  [
    'Poetry',
    {
      'backend/poetry.lock': '',
      'keeper/poetry': '#!/bin/sh\ncd ..; echo "$PWD/kept"\n',
      'kept/bin/python': good,
    },
    '/kept/bin/python',
  ],
  [
    'Pipenv',
    { Pipfile: '', 'keeper/pipenv': '#!/bin/sh\necho noise; echo "$PWD/kept"\n', 'kept/bin/python': good },
    '/kept/bin/python',
  ],
  [
    'nobody, but Poetry fails',
    { 'poetry.lock': '', 'keeper/poetry': '#!/bin/sh\nexit 1\n' },
    '/good/python3',
  ],
  ['nobody, where it is broken,', { '.venv/bin/python': '#!/nowhere/python\n' }, '/good/python3'],
])('the Python of %s comes first', async (_, files, expected) => {
  expect((await ask(['keeper', 'good'], files)).python).toBe(expected)
})

test('when none has it, the user reads how to get it', async () => {
  const error: unknown = await ask(['shim', 'bare']).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ message: 'No Python here has Django.', exitCode: 7 })
})

test('an answer that is none is no defect of Lockkeeper', async () => {
  await expect(ask(['mute'])).rejects.toThrow('Django gave an answer that cannot be read')
})

test('an address without what is secret in it', () => {
  expect(withoutCredentials(nowhere)).toBe('postgres://127.0.0.1:1/database')
})
