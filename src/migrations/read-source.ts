import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'

/** The bytes of a migration's file. PreconditionError, with the name as the project has it, for one that cannot be read. */
export async function readSource(directory: string, file: string): Promise<Buffer> {
  const path = join(directory, file)
  try {
    // Reading from a pipe or a device may never end.
    if (!(await stat(path)).isFile()) throw new PreconditionError(`The migration ${file} is no file.`)
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof PreconditionError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new PreconditionError(`The migration ${file} cannot be read: ${code}.`, { cause })
  }
}
