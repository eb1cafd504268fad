import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A program of the project's own node_modules (or of a folder above it), or the one on the PATH; undefined when there is none. */
export async function findProgram(directory: string, name: string): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.cmd` : name
  const own = ancestors(directory).map((folder) => join(folder, 'node_modules', '.bin', fileName))
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, fileName))
  for (const candidate of [...own, ...onPath]) {
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory)
  return parent === directory ? [directory] : [directory, ...ancestors(parent)]
}

/** Whether there is a file that may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
