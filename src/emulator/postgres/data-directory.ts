import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort } from '../runtime/free-port.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { ClusterFiles } from './cluster.ts'
import { reachableHome } from './reachable-home.ts'

/**
 * The files of the server for one state directory: made by initdb at the first call, found again at every later one, with
 * the same port and password. `account` must be able to reach the data directory: where the state directory is closed to
 * it, the data lives in the temporary directory, under a name that follows from the state directory's path.
 */
export async function openDataDirectory(
  stateDirectory: string,
  binaries: Binaries,
  account: Account | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<ClusterFiles> {
  const home = path.join(path.resolve(stateDirectory), 'postgres')
  await mkdir(home, { recursive: true, mode: 0o755 })
  const settings = await readSettings(home)
  const dataDirectory = path.join(await reachableHome(home, account), 'data')
  const places = {
    dataDirectory,
    logFile: path.join(home, 'postgres.log'),
    ownerFile: path.join(home, 'emulator.pid'),
  }
  if (settings !== undefined) {
    if (!(await exists(path.join(dataDirectory, 'PG_VERSION'))))
      throw new Error(
        `The data of the emulator's Postgres is gone from ${dataDirectory}: start with a new state directory.`,
      )
    return { ...places, ...settings }
  }
  const made = { port: await freePort(), superuserPassword: randomBytes(24).toString('hex') }
  await initialise(dataDirectory, made.superuserPassword, binaries, account, environment)
  await writeSettings(home, made)
  return { ...places, ...made }
}

interface Settings {
  readonly port: number
  readonly superuserPassword: string
}

async function readSettings(home: string): Promise<Settings | undefined> {
  const text = await readFile(path.join(home, 'server.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Settings)
}

async function writeSettings(home: string, settings: Settings): Promise<void> {
  const file = path.join(home, 'server.json')
  await writeFile(`${file}.new`, JSON.stringify(settings), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Runs initdb into a draft that is renamed when it is whole, so that a kill leaves no half cluster. */
async function initialise(
  dataDirectory: string,
  password: string,
  binaries: Binaries,
  account: Account | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const draft = await mkdtemp(`${dataDirectory}-`)
  const passwordFile = `${draft}.password`
  try {
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (account !== undefined)
      await Promise.all([draft, passwordFile].map((item) => chown(item, account.uid, account.gid)))
    const options = ['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
    await runInitdb([...options, '--no-sync', '-E', 'UTF8', '--locale=C'], binaries, account, environment)
    await rm(dataDirectory, { recursive: true, force: true })
    await rename(draft, dataDirectory)
  } finally {
    await Promise.all([draft, passwordFile].map((item) => rm(item, { recursive: true, force: true })))
  }
}

async function runInitdb(
  options: readonly string[],
  binaries: Binaries,
  account: Account | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(binaries.initdb, options, {
      ...account,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment,
    })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve()
      else reject(new Error(`initdb failed with status ${status}: ${errors.trim()}`))
    })
  })
}

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  )
}
