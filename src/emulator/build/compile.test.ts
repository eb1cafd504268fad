import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../test/support/emulator-session.ts'
import { compile, type CompileJob, type Compiled } from './compile.ts'

let scratch: string
let output: string
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'compile-'))
  output = ''
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

const appDirectory = () => path.join(scratch, 'slug', 'app')

/** Gone, or only waiting for somebody to ask how it ended. */
function ended(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() === '' || stdout.startsWith('Z')
}

async function build(
  files: Readonly<Record<string, string>>,
  more: Partial<CompileJob> = {},
): Promise<Compiled> {
  return await compile({
    watch: { environment: { LOCKKEEPER_EMULATOR: 'test' }, register() {}, unregister() {} },
    source: async (directory) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(directory, name)), { recursive: true })
        await writeFile(path.join(directory, name), text)
        if (text.startsWith('#!')) await chmod(path.join(directory, name), 0o755)
      }
    },
    directory: appDirectory(),
    cacheDirectory: path.join(scratch, 'cache'),
    configVars: {},
    stack: 'heroku-24',
    commit: 'abc',
    doomed: false,
    signal: new AbortController().signal,
    write: (text) => (output += text),
    ...more,
  })
}

const local = { name: 'local', version: '1.0.0' }
const nodeFiles = {
  'package.json': JSON.stringify({
    name: 'app',
    version: '1.0.0',
    scripts: { start: 'node server.js', 'heroku-postbuild': 'echo "$GREETING $SOURCE_VERSION" > built.txt' },
    dependencies: { local: 'file:local' },
    devDependencies: { missing: 'file:missing' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'app',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': {
        name: 'app',
        version: '1.0.0',
        dependencies: { local: 'file:local' },
        devDependencies: { missing: 'file:missing' },
      },
      local,
      missing: { version: '1.0.0', dev: true },
      'node_modules/local': { resolved: 'local', link: true },
      'node_modules/missing': { resolved: 'missing', link: true, dev: true },
    },
  }),
  'local/package.json': JSON.stringify(local),
  'server.js': '',
}

describe('Node.js', () => {
  test('installs what is locked without what is for development, then runs heroku-postbuild with the config vars', async () => {
    const compiled = await build(nodeFiles, { configVars: { GREETING: 'hello' } })
    expect(compiled).toMatchObject({ buildpack: 'heroku/nodejs', processTypes: { web: 'npm start' } })
    expect(existsSync(path.join(appDirectory(), 'node_modules/local/package.json'))).toBe(true)
    expect(existsSync(path.join(appDirectory(), 'node_modules/missing'))).toBe(false)
    expect(await readFile(path.join(appDirectory(), 'built.txt'), 'utf8')).toBe('hello abc\n')
    expect(output).not.toMatch(/npm (notice|warn)|audited|funding/i)
  })
  test('a failing script fails the build', async () => {
    const scripts = { 'heroku-postbuild': 'echo no good >&2; exit 2' }
    await expect(build({ 'package.json': JSON.stringify({ scripts }) })).rejects.toThrow(
      'Push rejected, failed to compile Node.js app.',
    )
    expect(output).toContain('       no good\n')
  })
  test('a package.json that is no JSON is said to be', async () => {
    await expect(build({ 'package.json': '{' })).rejects.toThrow('Unable to parse package.json')
  })
})

describe('bin/compile', () => {
  const script =
    '#!/bin/sh\nset -e\ncat "$3/GREETING" > "$1/made.txt"\necho again >> "$2/times"\nwc -l < "$2/times"\n'
  test('gets the build, cache and environment directories', async () => {
    const files = { 'bin/compile': script, Procfile: 'web: ./start\n' }
    const compiled = await build(files, { configVars: { GREETING: 'hello' } })
    expect(compiled.processTypes).toEqual({ web: './start' })
    expect(await readFile(path.join(appDirectory(), 'made.txt'), 'utf8')).toBe('hello')
    expect(existsSync(`${appDirectory()}.scratch`)).toBe(false)
    await build(files, { configVars: { GREETING: 'hello' } })
    expect(output).toContain('       2\n')
  })
  test('what it leaves in the background ends with it', async () => {
    const pidFile = path.join(scratch, 'pid')
    await build({ 'bin/compile': `#!/bin/sh\nsleep 1000 &\necho $! > ${pidFile}\n` })
    const pid = Number(await readFile(pidFile, 'utf8'))
    await eventually('the end of it', async () => (ended(pid) ? true : undefined))
  })
  test('is killed when the build is given up', async () => {
    const controller = new AbortController()
    const building = build(
      { 'bin/compile': '#!/bin/sh\necho begun\nsleep 1000\n' },
      {
        signal: controller.signal,
        write: (text) => {
          if (text.includes('begun')) controller.abort(new Error('given up'))
        },
      },
    )
    await expect(building).rejects.toThrow('given up')
  })
})

test('a Procfile is enough, and nothing at all is not', async () => {
  expect(await build({ Procfile: 'worker: ./work\n' })).toMatchObject({ processTypes: { worker: './work' } })
  rmSync(appDirectory(), { recursive: true })
  await expect(build({ readme: '' })).rejects.toThrow('No default language')
})

test('the emulator’s own environment stays out of builds', async () => {
  process.env['EMULATOR_TEST_SECRET'] = 'canary'
  try {
    await build({ 'bin/compile': '#!/bin/sh\nenv\n', Procfile: 'web: x\n' })
  } finally {
    delete process.env['EMULATOR_TEST_SECRET']
  }
  expect(output).toContain('STACK=heroku-24')
  expect(output).not.toContain('canary')
})
