import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PreconditionError, UsageError } from '../errors.ts'
import { readLooseFiles } from './loose-files.ts'
import { noText } from './read-source.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lockkeeper-loose-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const read = async (...paths: string[]) =>
  (
    await readLooseFiles({
      directory,
      paths,
      inTransaction: false,
      readStandardInput: async () => Buffer.from('select 1'),
    })
  ).pending

test('a folder is searched for SQL in the order of the names, without what undoes', async () => {
  await mkdir(join(directory, 'sql/2'), { recursive: true })
  for (const name of ['2/b.sql', '10.up.sql', '10.down.sql', '1.SQL', 'readme.md', '2/down.sql'])
    await writeFile(join(directory, 'sql', name), 'select 1')
  expect((await read('sql')).map(({ file }) => file)).toEqual(['sql/1.SQL', 'sql/10.up.sql', 'sql/2/b.sql'])
  // A file that is named is read, and once only.
  expect(await read('sql/10.down.sql', './sql', 'sql/10.down.sql')).toHaveLength(4)
})

test('a file of dbmate is judged by its first half', async () => {
  const text = '-- comment\n-- migrate:up transaction:false\nselect 1;\n-- migrate:down\ndrop table t;\n'
  await writeFile(join(directory, 'a.sql'), text)
  const [migration] = await read('a.sql')
  expect(migration).toMatchObject({ sqlLine: 2, transaction: false, singleQuery: true })
  expect(migration?.sql).not.toContain('drop')
})

test('a byte order mark is no SQL, and what is no UTF-8 cannot be judged', async () => {
  await writeFile(join(directory, 'mark.sql'), '\ufeffselect 1')
  await writeFile(join(directory, 'latin.sql'), Buffer.from([0x2d, 0x2d, 0xe9, 0x0a]))
  const [mark, latin] = await read('mark.sql', 'latin.sql')
  expect(mark?.sql).toBe('select 1')
  expect(latin).toMatchObject({ sql: null, opaque: noText })
})

test('standard input', async () => {
  expect(await read('-')).toMatchObject([{ file: 'standard input', sql: 'select 1' }])
})

test('a path that is not there is wrong usage; one that cannot be read is a precondition', async () => {
  await expect(read('nothing.sql')).rejects.toThrow(UsageError)
  await expect(read('/dev/null')).rejects.toThrow('neither a file nor a folder')
  // Reading it would never end.
  await mkdir(join(directory, 'endless'))
  await symlink('/dev/zero', join(directory, 'endless/1.sql'))
  await expect(read('endless')).rejects.toThrow('endless/1.sql leads to what is no file')
  await symlink('circle', join(directory, 'circle'))
  await expect(read('circle')).rejects.toThrow(PreconditionError)
  await writeFile(join(directory, 'file'), '')
  await expect(read('file/below.sql')).rejects.toThrow(PreconditionError)
  await mkdir(join(directory, 'sql'))
  await symlink('../circle', join(directory, 'sql/circle.sql'))
  await expect(read('sql')).rejects.toThrow(
    /sql\/circle\.sql cannot be read: its links lead in a circle \(ELOOP\)/,
  )
})

test('a folder is searched through its links, each folder once', async () => {
  for (const folder of ['sql/one', 'outside/deep']) await mkdir(join(directory, folder), { recursive: true })
  await writeFile(join(directory, 'sql/one/1.sql'), 'select 1')
  await writeFile(join(directory, 'outside/deep/2.sql'), 'select 1')
  await symlink('../outside', join(directory, 'sql/linked'))
  await symlink('../../sql', join(directory, 'outside/deep/back'))
  await symlink('one', join(directory, 'sql/same'))
  expect((await read('sql')).map(({ file }) => file)).toEqual(['sql/linked/deep/2.sql', 'sql/one/1.sql'])
  await symlink('..', join(directory, 'sql/up'))
  expect(await read('sql')).toHaveLength(2)
})

test('what a folder names and is not there cannot be judged, and stops nothing', async () => {
  await symlink('nowhere', join(directory, 'dangling.sql'))
  await writeFile(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xe9]), Buffer.from('.sql')]), '')
  await writeFile(join(directory, 'good.sql'), 'select 1')
  const found = await read('.')
  expect(found.filter(({ sql }) => sql === 'select 1')).toHaveLength(1)
  const missing = found.filter(({ opaque }) => opaque?.includes('its link leads nowhere'))
  expect(missing).toHaveLength(2)
})

test.runIf(process.platform !== 'win32')(
  'a pipe in a folder is refused, and a folder in it named that is closed',
  async () => {
    await mkdir(join(directory, 'open/closed'), { recursive: true })
    if (process.getuid?.() !== 0) {
      await chmod(join(directory, 'open/closed'), 0)
      await expect(read('open')).rejects.toThrow('open/closed cannot be read: permission denied')
    }
    execFileSync('mkfifo', [join(directory, 'x.sql')])
    await expect(read('.')).rejects.toThrow('x.sql leads to what is no file')
  },
)
