import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PreconditionError, systemReason } from '../errors.ts'

/** The bytes of a file of the project. PreconditionError, with the name as the project has it, for one that cannot be read. */
export async function readSource(directory: string, file: string): Promise<Buffer> {
  const path = join(directory, file)
  try {
    // The way there and back through Node's threads takes longer than a small file does, and there may be thousands.
    // Reading from a pipe or a device may never end.
    if (!statSync(path).isFile()) throw new PreconditionError(`${file} leads to what is no file.`)
    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof PreconditionError) throw cause
    throw new PreconditionError(`${file} cannot be read: ${systemReason(cause)}.`, { cause })
  }
}

/** Why a migration is opaque whose file `textOf` cannot read. */
export const noText = 'The file is not text in UTF-8: save it in that encoding.'

/** Why a migration is opaque whose tool sends the mark at its beginning along. */
export const markIsSent =
  'The file begins with a byte order mark, which its tool sends and Postgres refuses: save it as UTF-8 without one.'

/** Whether bytes begin with a byte order mark of UTF-8. */
export const hasMark = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

const strict = new TextDecoder('utf-8', { fatal: true })

/** Bytes as text, without a byte order mark, as psql reads them; null for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

/** What stands in the place of a file for a text that came through standard input. */
export const standardInput = 'standard input'
