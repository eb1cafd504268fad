import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { lockkeeperCommand } from './demo/project.ts'
import { withTemporaryDirectory } from './demo/temporary.ts'

const run = (args: readonly string[], node: readonly string[] = []) =>
  execa(process.execPath, [...node, lockkeeperCommand, ...args], { reject: false, all: true })

test('help and the version have short names', async () => {
  expect((await run(['-v'])).stdout).toBe((await run(['--version'])).stdout)
  const all = await run(['-h'])
  expect([all.exitCode, all.stdout]).toEqual([0, (await run(['--help'])).stdout])
  const ofCheck = await run(['check', '-h'])
  expect([ofCheck.exitCode, ofCheck.stdout]).toEqual([0, (await run(['check', '--help'])).stdout])
})

test('a flag may stand before the name of a command of a topic', async () => {
  const found = await run(['hooks', '--directory', '/nowhere', 'install'])
  expect([found.exitCode, found.stderr]).toEqual([2, expect.stringContaining('The folder /nowhere')])
  const missing = await run(['hooks', '--directory', 'x', 'instal'])
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('There is no command')])
})

test.runIf(process.platform !== 'win32')('a folder that is gone is a precondition', async () => {
  await withTemporaryDirectory(async (directory) => {
    await mkdir(join(directory, 'gone'))
    const command = `cd gone && rmdir ../gone && exec "${process.execPath}" "${lockkeeperCommand}" check a.sql`
    const gone = await execa('sh', ['-c', command], { cwd: directory, reject: false })
    expect([gone.exitCode, gone.stderr]).toEqual([
      7,
      expect.stringMatching(/^ ! {5}The folder that you are in .*$/),
    ])
  })
})

test.each(['18.20.4', '20.10.0', '21.7.3', '22.1.0'])('Node %s is too old', async (version) => {
  await withTemporaryDirectory(async (directory) => {
    const pretend = join(directory, 'pretend.cjs')
    await writeFile(
      pretend,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
    )
    const old = await run(['--version'], ['--require', pretend])
    expect(old.exitCode).toBe(7)
    expect(old.all).toBe(
      ` !     Lockkeeper needs Node 20.19 or newer (of Node 22: 22.2), and this is ${version}.`,
    )
  })
})
