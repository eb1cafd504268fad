import { lstat, readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { systemCode, systemReason, UsageError } from '../errors.ts'
import type { ConfigFile } from './schema.ts'
import { standardConfig } from './standard.ts'

const standardName = 'lockkeeper.yml'
const otherName = 'lockkeeper.yaml'

/**
 * Reads lockkeeper.yml. Without a name, a missing file means the defaults. UsageError with one message that names the key
 * and the line for everything that is wrong with it.
 */
export async function readConfigFile(directory: string, name?: string): Promise<ConfigFile> {
  const path = resolve(directory, name ?? standardName)
  if (name === undefined && (await isThere(resolve(directory, otherName))))
    throw new UsageError(
      `There is a ${otherName}, and the configuration is read from ${standardName}: rename it.`,
    )
  let text: string
  try {
    // Reading from a pipe or a device may never end.
    if (!(await stat(path)).isFile()) throw new UsageError(`The configuration ${path} is no file.`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (systemCode(error) === 'ENOENT' && name === undefined && !(await isLink(path))) return standardConfig
    throw new UsageError(`The configuration ${path} cannot be read: ${systemReason(error)}.`, {
      cause: error,
    })
  }
  // Most checks of files have no lockkeeper.yml, and start sooner without what reads one.
  const { parseConfigFile } = await import('./parse-file.ts')
  return parseConfigFile(text, basename(path))
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Whoever made a link to a configuration means to have one. */
async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
}
