import { systemCode } from '../errors.ts'
import { lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/** A file as bytes, each of them a character; null when there is none. */
export async function readBytes(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'latin1')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Writes a file at once: whoever reads it sees the old or the new one. Its mode stays; a new one gets `mode`. */
export async function writeBytes(file: string, bytes: string, mode: number): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const old = await stat(target).catch(() => null)
  const fresh = `${target}.lockkeeper-new`
  try {
    await writeFile(fresh, bytes, { encoding: 'latin1', mode: old === null ? mode : old.mode & 0o7777 })
    await rename(fresh, target)
  } finally {
    await rm(fresh, { force: true })
  }
}

/** What stands at a path, a link not followed. */
export async function kindOf(file: string): Promise<'missing' | 'link' | 'executable' | 'inactive'> {
  try {
    const found = await lstat(file)
    if (found.isSymbolicLink()) return 'link'
    // Windows knows no such bit, and git there runs every hook.
    return process.platform === 'win32' || (found.mode & 0o100) !== 0 ? 'executable' : 'inactive'
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'missing'
    throw error
  }
}
