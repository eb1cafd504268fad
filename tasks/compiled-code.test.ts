import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectDirectory } from './demo/project.ts'

const bundle = join(projectDirectory, 'dist', 'cli')
const program = `
  require(${JSON.stringify(join(bundle, 'compiled-code.cjs'))}).keepCompiledCode()
  require(${JSON.stringify(join(bundle, 'main.cjs'))}).main(process.argv.slice(1))`

let cache: string
let folder: string
let sql: string

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'lockkeeper-compiled-'))
  folder = join(cache, 'lockkeeper', 'compiled')
  sql = join(cache, 'change.sql')
  await writeFile(sql, 'alter table items drop column note;\n')
})

afterEach(() => rm(cache, { recursive: true }))

/** Runs a command with the compiled code kept, whatever the version of Node is. */
async function run(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['-e', program, ...words], {
    env: { ...process.env, XDG_CACHE_HOME: cache, ...environment },
    timeout: 60_000,
  })
  let told = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (told += String(chunk)))
  const code = await new Promise((resolve) => child.on('close', resolve))
  return { told, code }
}

/** Checks a file, and expects the usual answer. */
async function check(environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const { told, code } = await run(['check', sql], environment)
  expect(told).toContain('1 migration, unsafe.')
  expect(code).toBe(3)
}

async function kept(): Promise<Record<string, string>> {
  const names = await readdir(folder)
  const contents = names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')])
  return Object.fromEntries(await Promise.all(contents)) as Record<string, string>
}

test('is used by the next run as it is, and by nobody else', async () => {
  await check()
  const first = await kept()
  expect(Object.keys(first).length).toBeGreaterThan(3)
  expect((await stat(folder)).mode & 0o077).toBe(0)
  const [name = ''] = Object.keys(first)
  const { mtimeMs } = await stat(join(folder, name))
  await check()
  expect(await kept()).toEqual(first)
  expect((await stat(join(folder, name))).mtimeMs).toBe(mtimeMs)
})

test('can import what is no part of it', async () => {
  const words = ['emulator', '--set=bootTimeOut=5']
  const first = await run(words)
  expect(first.told).toContain('sets nothing')
  expect(first.code).toBe(2)
  expect(await run(words)).toEqual(first)
})

test.each([
  ['empty', () => Buffer.of()],
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['changed', (bytes: Buffer) => Buffer.from(bytes.map((byte, index) => (index % 50 === 0 ? ~byte : byte)))],
])('that is %s is not used, and replaced', async (_, spoil) => {
  await check()
  const names = await readdir(folder)
  for (const name of names) {
    const file = join(folder, name)
    await writeFile(file, spoil(await readFile(file)))
  }
  const spoiled = await kept()
  await check()
  const replaced = await kept()
  expect(Object.keys(replaced)).toEqual(names)
  for (const name of names) expect(replaced[name]).not.toBe(spoiled[name])
})

test('is whole after runs side by side', async () => {
  await Promise.all([check(), check(), check(), check()])
  const first = await kept()
  expect(Object.keys(first).filter((name) => /\.\d+$/.test(name))).toEqual([])
  await check()
  expect(await kept()).toEqual(first)
})

test.each(['change.sql', 'no/home/.cache'])(
  'is missing where the folder cannot be made: %s',
  async (name) => {
    await check({ XDG_CACHE_HOME: join(cache, name) })
    expect(await readdir(cache)).toEqual(['change.sql'])
  },
)

test('is neither read nor written where others can write', async () => {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
  await check()
  expect(await readdir(folder)).toEqual([])
})

test('is not kept for who does not want it', async () => {
  await check({ NODE_DISABLE_COMPILE_CACHE: '1' })
  expect(await readdir(cache)).toEqual(['change.sql'])
})

test('of versions that are gone is removed', async () => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const old = join(folder, 'check-00000000.cjs-x64-1')
  await writeFile(old, 'code')
  await utimes(old, new Date('2020-01-01'), new Date('2020-01-01'))
  await check()
  expect(await readdir(folder)).not.toContain('check-00000000.cjs-x64-1')
})
