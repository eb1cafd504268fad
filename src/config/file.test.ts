import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { readConfigFile } from './file.ts'
import { parseConfigFile } from './parse-file.ts'

const parse = (text: string) => parseConfigFile(text, 'lockkeeper.yml')

describe('the defaults', () => {
  test.each(['', '# only a comment\n', '---\n', 'watch: {}\n'])('hold for %j', (text) => {
    expect(parse(text)).toEqual({
      database: 'DATABASE',
      migrations: {},
      migrate: { run: 'before-push', lockTimeout: 2, deadline: 3600, attempts: 5 },
      backup: { enabled: true, deadline: 3600 },
      build: { deadline: 900 },
      releasePhase: { deadline: 3660 },
      watch: {
        deadline: 300,
        settle: 60,
        prebootWindow: 200,
        health: [{ path: '/', status: 200, every: 2, deadline: 60, timeout: 10, consecutive: 3 }],
        invariants: [],
        routerErrors: { allowed: 0, ignore: ['H80', 'H27'] },
      },
      rollback: { database: 'auto' },
      check: { lockBudget: 1, allow: [] },
      quiesce: { processTypes: 'all' },
    })
  })

  test('fill what a health check leaves out, and an empty list has none', () => {
    expect(
      parse('watch: { health: [{ path: /health, json: { path: a.b, equals: ok } }] }').watch.health,
    ).toEqual([
      {
        path: '/health',
        status: 200,
        json: { path: 'a.b', equals: 'ok' },
        every: 2,
        deadline: 60,
        timeout: 10,
        consecutive: 3,
      },
    ])
    expect(parse('watch: { health: [] }').watch.health).toEqual([])
  })
})

describe('a mistake is told in one line that names the key and the line', () => {
  test.each([
    [
      'a misspelled key',
      'app: x\nmigrate:\n  lock_timout: 5\n',
      'lockkeeper.yml, line 3: there is no key "migrate.lock_timout". Did you mean "lockTimeout"?',
    ],
    [
      'a misspelled part',
      '\nwacth:\n  settle: 1\n',
      'line 2: there is no key "wacth". Did you mean "watch"?',
    ],
    [
      'a key far from any',
      'rollback:\n  zzzzzz: 1\n',
      'line 2: there is no key "rollback.zzzzzz". It can be: database.',
    ],
    [
      'a misspelled key in a list',
      'watch:\n  health:\n    - path: /a\n    - path: /b\n      statsu: 200\n',
      'line 5: there is no key "watch.health[1].statsu". Did you mean "status"?',
    ],
    [
      'a wrong type',
      'backup:\n  enabled: maybe\n',
      'line 2: "backup.enabled": invalid input: expected boolean',
    ],
    [
      'a number as text',
      'build:\n  deadline: "900"\n',
      'line 2: "build.deadline": invalid input: expected number',
    ],
    [
      'out of range',
      'build:\n\n  deadline: 0\n',
      'line 3: "build.deadline": too small: expected number to be >0.',
    ],
    ['far out of range', 'build: { deadline: 100000 }', 'line 1: "build.deadline": too big'],
    ['not a number', 'build: { deadline: .nan }', 'line 1: "build.deadline"'],
    ['an unknown word', 'rollback:\n  database: undo\n', 'line 2: "rollback.database": invalid option'],
    [
      'a router code',
      'watch:\n  routerErrors:\n    ignore: [H80, X1]\n',
      'line 3: "watch.routerErrors.ignore[1]"',
    ],
    ['a list for a part', 'watch:\n  - 1\n', 'line 1: "watch": invalid input: expected object'],
    ['no keys at all', 'just text\n', 'lockkeeper.yml, line 1: the file: invalid input: expected object'],
    ['nothing where a part was begun', 'app: x\nwatch:\n', 'line 2: "watch": invalid input: expected object'],
    [
      'a missing key',
      'watch:\n  invariants:\n    - sql: select 1\n',
      'line 3: "watch.invariants[0].name" is missing.',
    ],
    ['a missing day', 'check: { allow: [{ rule: x, reason: y }] }', '"check.allow[0].until" is missing.'],
    [
      'no day',
      'check: { allow: [{ rule: x, reason: y, until: soon }] }',
      'until": must be a day as 2026-01-31.',
    ],
    [
      'two documents',
      'app: x\n---\napp: y\n',
      'line 2, column 1: a second document begins here, and there is one',
    ],
    [
      'a table with a database',
      'migrations: { table: db.app.x }',
      '"migrations.table": must be a table, or a schema',
    ],
    [
      'a reason that says nothing',
      'check: { allow: [{ rule: a, reason: "  ", until: 2026-01-31 }] }',
      '"check.allow[0].reason": must say why.',
    ],
    [
      'a number for an id',
      'check: { allow: [{ rule: a, migration: 20260402090000, reason: b, until: 2026-01-31 }] }',
      '"check.allow[0].migration": must be text: put it in quotes, as in "20260402090000".',
    ],
    ['a key twice', 'app: x\napp: y\n', 'lockkeeper.yml, line 2, column 1: Map keys must be unique'],
    ['a tab', 'watch:\n\tsettle: 1\n', 'lockkeeper.yml, line 2'],
    ['an open bracket', 'watch: {settle: 1\n', 'lockkeeper.yml, line'],
  ])('%s', (_name, text, message) => {
    let error: unknown
    try {
      parse(text)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toContain('\n')
  })

  test('aliases without end', () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (const [one, other] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
      lines.push(
        `${String(other)}: &${String(other)} [${Array(10)
          .fill(`*${String(one)}`)
          .join(',')}]`,
      )
    }
    expect(() => parse(lines.join('\n'))).toThrow(UsageError)
  })
})

describe('the file', () => {
  test('that has no end is not read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-endless-'))
    try {
      await symlink('/dev/zero', join(directory, 'lockkeeper.yml'))
      await expect(readConfigFile(directory)).rejects.toThrow('lockkeeper.yml is no file')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lockkeeper-config-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('may be missing', async () => {
    expect(await readConfigFile(directory)).toEqual(parse(''))
  })

  test('may not be missing behind a link', async () => {
    await symlink('nowhere', join(directory, 'lockkeeper.yml'))
    await expect(readConfigFile(directory)).rejects.toThrow('there is no such file or folder (ENOENT)')
  })

  test('may not be missing when it was named', async () => {
    await expect(readConfigFile(directory, 'other.yml')).rejects.toThrow(
      `The configuration ${join(directory, 'other.yml')} cannot be read: there is no such file or folder (ENOENT).`,
    )
  })

  test('is read by its standard name or another', async () => {
    await writeFile(join(directory, 'lockkeeper.yml'), 'app: one\n')
    await writeFile(join(directory, 'other.yml'), 'app: two\nbad: 1\n')
    expect(await readConfigFile(directory)).toMatchObject({ app: 'one' })
    await expect(readConfigFile(directory, 'other.yml')).rejects.toThrow(
      'other.yml, line 2: there is no key "bad"',
    )
  })

  test('under another ending is not passed over', async () => {
    await writeFile(join(directory, 'lockkeeper.yaml'), 'app: one\n')
    await expect(readConfigFile(directory)).rejects.toMatchObject({
      exitCode: 2,
      message: 'There is a lockkeeper.yaml, and the configuration is read from lockkeeper.yml: rename it.',
    })
    expect(await readConfigFile(directory, 'lockkeeper.yaml')).toMatchObject({ app: 'one' })
  })

  test('that is a folder is an error and no default', async () => {
    await mkdir(join(directory, 'lockkeeper.yml'))
    await expect(readConfigFile(directory)).rejects.toMatchObject({ exitCode: 2 })
  })
})
