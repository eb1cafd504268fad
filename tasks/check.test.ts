import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { schemaFault } from '../test/support/json-schema.ts'
import { checkJsonSchema } from '../src/report/check/json-schema.ts'
import { lockkeeperCommand } from './demo/project.ts'
import { place, withPlace } from '../test/support/check-place.ts'

describe('a path', () => {
  test('is judged without an app and a key', async () => {
    await withPlace(async ({ write, check }) => {
      await write({ 'a.sql': 'alter table t add c int;', 'b.sql': 'drop table t;' })
      expect((await check('a.sql')).exitCode).toBe(0)
      const unsafe = await check('.')
      expect(unsafe.exitCode).toBe(3)
      expect(unsafe.stdout).toContain('b.sql:1:1 unsafe drop-table')
      expect(unsafe.stdout).toContain('Not known:')
    })
  })

  test('without SQL says so', async () => {
    await withPlace(async ({ directory, check }) => {
      await mkdir(join(directory, 'empty'))
      const run = await check('empty')
      expect(run.exitCode).toBe(0)
      expect(run.stdout).toContain('What empty holds: there is no .sql file in it.')
    })
  })

  test('of - is standard input', async () => {
    await withPlace(async ({ directory }) => {
      const run = await execa(process.execPath, [lockkeeperCommand, 'check', '-', '--format', 'github'], {
        cwd: directory,
        input: 'drop table t',
        reject: false,
      })
      expect(run.exitCode).toBe(3)
      expect(run.stdout).toMatch(/^::error title=unsafe drop-table::standard input:1:1: Queries/)
    })
  })

  test('is told from the top of the repository, however it is written', async () => {
    await withPlace(async ({ directory, write }) => {
      await mkdir(join(directory, '.git'))
      await write({ 'app s/q.sql': 'drop table t', 'r.sql': 'drop table t' })
      const { check } = place(join(directory, 'app s'))
      const told = async (path: string, format: string) => (await check(path, '--format', format)).stdout
      for (const [path, file] of [
        [join(directory, 'app s/q.sql'), 'app s/q.sql'],
        ['./q.sql', 'app s/q.sql'],
        ['../r.sql', 'r.sql'],
        [join(directory, 'r.sql'), 'r.sql'],
      ] as const) {
        expect(await told(path, 'github')).toContain(`::error file=${file},line=1`)
        expect(await told(path, 'junit')).toContain(` file="${file}"`)
        expect(await told(path, 'sarif')).toContain(`"uri": "${encodeURI(file)}"`)
      }
      await rm(join(directory, '.git'), { recursive: true })
      expect(await told(join(directory, 'r.sql'), 'sarif')).toContain(`"uri": "file://${directory}/r.sql"`)
    })
  })

  test.each([
    ['no SQL', 'This is a letter.', 3, /syntax-error/],
    ['half a statement', 'alter table t add', 3, /syntax-error/],
    ['an open string', "insert into t values ('", 3, /syntax-error/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 3, /not text in UTF-8/],
    ['a NUL in it', 'select 1;\0drop table t;', 3, /NUL/],
    ['parentheses without an end', `select ${'('.repeat(100_000)}1`, 3, /syntax-error/],
    ['an expression without an end', `select ${'1+'.repeat(100_000)}1`, 3, /too deep/],
    ['one line of ten megabytes', 'x'.repeat(10_000_000), 3, /too long to be judged/],
    ['a statement of three megabytes', 'x'.repeat(3_000_000), 3, /syntax-error/],
    ['comments in comments without an end', '/*'.repeat(50_000) + '*/'.repeat(50_000), 3, /too long/],
    ['nothing', '', 0, /1 migration, safe/],
  ])('with %s ends in one clear message', async (_, text, exitCode, says) => {
    await withPlace(async ({ write, check }) => {
      await write({ 'bad.sql': text })
      const run = await check('bad.sql')
      expect(run.exitCode, run.output.slice(0, 2000)).toBe(exitCode)
      expect(run.output).toMatch(says)
      expect(run.output.length).toBeLessThan(4000)
    })
  })

  test.each([
    [['missing.sql'], /There is no file or folder missing\.sql/],
    [['a.sql', '--since', 'HEAD'], /--since cannot be given/],
    [['a.sql', '--format', 'xml'], /--format/],
    [['a.sql', '--json', '--format', 'sarif'], /json/],
    [['a.sql', '--commit-message', 'missing'], /The commit message missing cannot be read/],
    [
      ['a.sql', '--commit-message', '/dev/zero'],
      /The commit message \/dev\/zero cannot be read: it is no file/,
    ],
    [['a.sql', '--output', ''], /--output names no file/],
    [['--offline', '--fast'], /--fast/],
    [['--offline=yes'], /--offline takes no value: --offline=yes/],
    [[''], /a PATH is empty/],
    [['--offline', '--directory', 'nowhere'], /The folder nowhere cannot be opened/],
    [['--offline', '--directory', 'a.sql'], /a\.sql is no folder/],
    [['--offline', '--in-transaction'], /--in-transaction speaks of a PATH/],
    [['--offline', '--app', 'shop'], /--offline asks no app: --app cannot be given/],
    [['--staged', '--since', 'HEAD'], /--since cannot be given/],
  ])('%j is wrong usage', async (args, says) => {
    await withPlace(async ({ write, check }) => {
      await write({ 'a.sql': 'select 1' })
      const run = await check(...args)
      expect(run.exitCode, run.output).toBe(2)
      expect(run.output).toMatch(says)
    })
  })
})

describe('the report', () => {
  test('as JSON is one document on standard output, whatever the end', async () => {
    await withPlace(async ({ write, check }) => {
      await write({ 'a.sql': 'select 1', 'b.sql': 'drop table t' })
      for (const [file, exitCode] of [
        ['a.sql', 0],
        ['b.sql', 3],
        ['c.sql', 2],
      ] as const) {
        for (const flags of [['--json'], ['--format', 'json'], ['--format=json']]) {
          const run = await check(file, ...flags)
          expect(run.exitCode).toBe(exitCode)
          expect(schemaFault(checkJsonSchema(), run.stdout)).toBeNull()
          expect(JSON.parse(run.stdout)).toMatchObject({ exitCode })
        }
      }
    })
  })

  test('goes to a file beside what the terminal shows', async () => {
    await withPlace(async ({ write, check, directory }) => {
      await write({ 'b.sql': 'drop table t' })
      for (const format of ['json', 'sarif', 'junit', 'markdown', 'github']) {
        const run = await check('b.sql', '--format', format, '--output', 'report')
        expect(run.exitCode).toBe(3)
        expect(run.stdout).toContain('unsafe drop-table')
        expect(await readFile(join(directory, 'report'), 'utf8')).toContain('drop-table')
      }
      const nowhere = await check('b.sql', '--format', 'json', '--output', 'no/where')
      expect(nowhere.exitCode).toBe(7)
      expect(nowhere.output).toContain('cannot be written to no/where')
    })
  })
})

test.runIf(process.platform === 'linux')(
  'output that is lost is no success, and no stack trace',
  async () => {
    await withPlace(async ({ directory, write }) => {
      await write({ 'a.sql': 'select 1' })
      for (const flags of ['', '--json']) {
        const command = `"${process.execPath}" "${lockkeeperCommand}" check a.sql ${flags} >/dev/full`
        const run = await execa('sh', ['-c', command], { cwd: directory, reject: false })
        expect(run.exitCode).toBe(7)
        expect(run.stderr).not.toMatch(/\n\s+at /)
        expect(run.stderr.split('\n').at(-1)).toBe(
          ' !     Some of the output could not be written: no space is left on the disk (ENOSPC).',
        )
      }
    })
  },
)
