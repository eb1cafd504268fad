import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BuildFailed } from './buildpack.ts'
import { minimalEnvironment } from './environment.ts'
import { runCommand, type ProcessWatch } from './run-command.ts'

/** Puts the source of a build into an empty directory; throws BuildFailed when there is none to be had. */
export type Source = (directory: string, signal: AbortSignal) => Promise<void>

/** A gzipped tarball at a URL, with or without one directory around everything. */
export function tarballSource(watch: ProcessWatch, url: string, checksum: string | null): Source {
  return async (directory, signal) => {
    const file = `${directory}.tgz`
    try {
      await download(url, file, signal)
      await verify(file, checksum)
      await unpack(watch, file, directory, signal)
      await unwrap(directory)
    } finally {
      await rm(file, { force: true })
    }
  }
}

/** A commit in a repository. `environment`: where git finds objects of a push that is not accepted yet. */
export function commitSource(
  watch: ProcessWatch,
  repository: string,
  commit: string,
  environment: Readonly<Record<string, string>>,
): Source {
  return async (directory, signal) => {
    const index = `${directory}.index`
    const env = { ...minimalEnvironment(), ...environment, ...gitIsolation, GIT_INDEX_FILE: index }
    const git = async (...args: string[]) => {
      let output = ''
      const status = await runCommand(watch, {
        file: 'git',
        args: [`--git-dir=${repository}`, `--work-tree=${directory}`, ...args],
        cwd: directory,
        env,
        signal,
        onOutput: (text) => (output += text),
      })
      if (status !== 0) throw new BuildFailed(`Unable to read the pushed commit: ${output.trim()}`)
    }
    try {
      await git('read-tree', commit)
      await git('checkout-index', '--all', '--force')
    } finally {
      await rm(index, { force: true })
    }
  }
}

/**
 * Keeps the settings of the machine's user out of the emulator's repositories, lets no collection of garbage go on in the
 * background after a push, and serves a state directory that somebody else owns.
 */
export const gitIsolation = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'receive.autogc',
  GIT_CONFIG_VALUE_0: 'false',
  GIT_CONFIG_KEY_1: 'safe.directory',
  GIT_CONFIG_VALUE_1: '*',
} as const

/** Unpacks a gzipped tarball into a directory. */
export async function unpack(
  watch: ProcessWatch,
  file: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  let output = ''
  const status = await runCommand(watch, {
    file: 'tar',
    args: ['-xzf', file, '-C', directory, '--no-same-owner'],
    cwd: directory,
    env: minimalEnvironment(),
    signal,
    onOutput: (text) => (output += text),
  })
  if (status !== 0) throw new BuildFailed(`Unable to unpack the source: ${output.trim()}`)
}

async function download(url: string, file: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new BuildFailed(
      `Unable to fetch the source: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
  if (!response.ok || response.body === null) {
    throw new BuildFailed(`Unable to fetch the source: the server answered ${response.status}`)
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file, { mode: 0o600 }), { signal })
}

async function verify(file: string, checksum: string | null): Promise<void> {
  if (checksum === null) return
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  if (checksum.toLowerCase() === `sha256:${hash.digest('hex')}`) return
  throw new BuildFailed('The checksum of the source does not match.')
}

/** GitHub's tarballs hold one directory with everything in it. */
async function unwrap(directory: string): Promise<void> {
  const [only, ...others] = await readdir(directory, { withFileTypes: true })
  if (only === undefined || others.length > 0 || !only.isDirectory()) return
  // A name that cannot be the same as one inside.
  const outer = `${directory}.wrapping`
  await rename(path.join(directory, only.name), outer)
  for (const name of await readdir(outer)) await rename(path.join(outer, name), path.join(directory, name))
  await rmdir(outer)
}
