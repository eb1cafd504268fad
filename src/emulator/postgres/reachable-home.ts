import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Account } from './account.ts'

const prefix = 'lockkeeper-postgres-data-'
const origin = 'state-directory'

/**
 * A directory for the server's data that `account` can enter and write to: `home` itself where that can be, else one in
 * the temporary directory, under a name that follows from the path of `home`. Only root has this trouble.
 */
export async function reachableHome(home: string, account: Account | undefined): Promise<string> {
  if (account === undefined) return home
  await chown(home, account.uid, account.gid)
  await openOwnTemporaries(home)
  if (await can('cd "$1" && test -w .', home, account)) return home
  const temporary = await passableTemporary(account)
  await sweep(temporary)
  return await makeElsewhere(temporary, home, account)
}

/** The first directory for temporary files that others can pass through: TMPDIR may be closed to them as well. */
async function passableTemporary(account: Account): Promise<string> {
  for (const directory of [os.tmpdir(), '/tmp', '/var/tmp'])
    if (await can('cd "$1"', directory, account)) return directory
  return os.tmpdir()
}

/** Lets others pass, not look, through what is ours of the temporary directory: mkdtemp closes what it makes. */
async function openOwnTemporaries(home: string): Promise<void> {
  const temporary = `${path.resolve(os.tmpdir())}${path.sep}`
  const uid = process.getuid?.()
  for (let at = path.dirname(home); at.startsWith(temporary); at = path.dirname(at)) {
    const { mode, uid: owner } = await stat(at)
    if (owner === uid && (mode & 0o001) === 0) await chmod(at, (mode & 0o777) | 0o011)
  }
}

/** Whether a shell script of that account succeeds on the directory, its first argument. */
async function can(script: string, directory: string, account: Account): Promise<boolean> {
  return await new Promise((resolve) => {
    const options = { ...account, cwd: '/', stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } } as const
    const child = spawn('/bin/sh', ['-c', script, 'sh', directory], options)
    child.once('error', () => resolve(false))
    child.once('exit', (status) => resolve(status === 0))
  })
}

async function makeElsewhere(temporary: string, home: string, account: Account): Promise<string> {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  const elsewhere = path.join(temporary, prefix + name)
  await mkdir(elsewhere, { recursive: true, mode: 0o700 })
  const found = await lstat(elsewhere)
  // The temporary directory belongs to everybody: another user's directory is not ours to use.
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== account.uid))
    throw new Error(`${elsewhere} belongs to another user: remove it, or choose another state directory.`)
  await writeFile(path.join(elsewhere, origin), home, { mode: 0o600 })
  await chown(elsewhere, account.uid, account.gid)
  return elsewhere
}

/** Removes the data of state directories that are gone. */
async function sweep(temporary: string): Promise<void> {
  const names = (await readdir(temporary)).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const directory = path.join(temporary, name)
    const home = await readFile(path.join(directory, origin), 'utf8').catch(() => undefined)
    if (home !== undefined && !(await stat(home).catch(() => undefined)))
      await rm(directory, { recursive: true, force: true })
  }
}
