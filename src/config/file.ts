import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { configFile, type ConfigFile } from './schema.ts'

const standardName = 'lockkeeper.yml'

/**
 * Reads lockkeeper.yml. Without a name, a missing file means the defaults. UsageError with one message that names the key
 * and the line for everything that is wrong with it.
 */
export async function readConfigFile(directory: string, name?: string): Promise<ConfigFile> {
  const path = resolve(directory, name ?? standardName)
  let text: string
  try {
    // Reading from a pipe or a device may never end.
    if (!(await stat(path)).isFile()) throw new UsageError(`The configuration ${path} is no file.`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT' && name === undefined) return configFile.parse({})
    const why = code === 'ENOENT' ? 'there is no such file' : code
    throw new UsageError(`The configuration ${path} cannot be read: ${why}.`, { cause: error })
  }
  // Most checks of files have no lockkeeper.yml, and start sooner without what reads one.
  const { parseConfigFile } = await import('./parse-file.ts')
  return parseConfigFile(text, basename(path))
}
