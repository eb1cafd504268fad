import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '../src/errors.ts'
import { platformPackage } from '../src/emulator/postgres/binaries.ts'
import type { Binaries } from '../test/support/postgres.ts'

const run = promisify(execFile)

/** The last release of each major version, as npm has it. */
const releases = new Map([
  [13, '13.23.0-beta.16'],
  [14, '14.23.0-beta.17'],
  [15, '15.18.0-beta.17'],
  [16, '16.14.0-beta.17'],
  [17, '17.10.0-beta.17'],
  [18, '18.4.0-beta.17'],
])

/** The major versions that statements can be run on. */
export const majorVersions: readonly number[] = [...releases.keys()]

/** Installs a major version of Postgres once, into a cache folder of this machine: it is no dependency of the project. */
export async function installPostgres(major: number): Promise<Binaries> {
  const release = releases.get(major)
  if (release === undefined)
    throw new UsageError(`Postgres ${major} is not among ${majorVersions.join(', ')}: choose one of these.`)
  const name = platformPackage(process.platform, process.arch)
  const folder = join(cacheFolder(), `postgres-${release}`)
  await mkdir(folder, { recursive: true })
  const options = ['--silent', '--no-save', '--ignore-scripts', '--prefer-offline', '--prefix', folder]
  await run('npm', ['install', ...options, `${name}@${release}`])
  const installed = join(folder, 'node_modules', name)
  await run(process.execPath, [join(installed, 'scripts/hydrate-symlinks.js')], { cwd: installed })
  return (await import(pathToFileURL(join(installed, 'dist/index.js')).href)) as Binaries
}

// Postgres does not run as root, and root's home is closed to everybody else.
function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? (process.getuid?.() === 0 ? '/var/cache' : undefined)
  return join(cache ?? join(homedir(), '.cache'), 'lockkeeper-bench')
}
