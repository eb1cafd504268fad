import { readFileSync, statSync } from 'node:fs'
import { PreconditionError, systemCode } from '../errors.ts'
import { parseDbmateFile } from './dbmate-file.ts'
import { findSqlFiles, refusePath, type FilePlace } from './find-sql-files.ts'
import { noText, standardInput, textOf } from './read-source.ts'
import type { PendingMigration } from './types.ts'

export interface LooseFilesOptions {
  /** What the paths start from: absolute. */
  readonly directory: string
  /** Files, folders, or '-' for standard input. */
  readonly paths: readonly string[]
  readonly readStandardInput: () => Promise<Uint8Array>
  /** Whether the tool that runs the files wraps each in one transaction. */
  readonly inTransaction: boolean
}

export interface LooseFiles {
  readonly pending: readonly PendingMigration[]
  /** The text of each file that could be read, by its path. */
  readonly texts: ReadonlyMap<string, string>
  /** The folders among the paths that hold no file with SQL. */
  readonly empty: readonly string[]
}

/**
 * Files with SQL as migrations, without a project around them: folders are searched for .sql files, in the order of their names,
 * through links as well. What is no text, and what a folder names and is not there, becomes a migration that cannot be judged.
 * UsageError for a path that is not there, PreconditionError for one that cannot be read.
 */
export async function readLooseFiles(options: LooseFilesOptions): Promise<LooseFiles> {
  const pending: PendingMigration[] = []
  const texts = new Map<string, string>()
  const { places, empty } = await findSqlFiles(options.directory, options.paths)
  for (const place of places) {
    const bytes = place.file === '-' ? await options.readStandardInput() : read(place)
    const file = place.file === '-' ? standardInput : place.file
    const text = bytes === null ? null : textOf(bytes)
    if (text !== null) texts.set(file, text)
    pending.push(toMigration(file, text, bytes === null ? notThere : noText, options.inTransaction))
  }
  return { pending, texts, empty }
}

const notThere = 'There is no such file: its link leads nowhere, or its name is not text in UTF-8.'

/** Null where a folder named it and there is none. Small files by the thousand are read sooner without waiting for each. */
function read({ file, path, isPlain, isNamed }: FilePlace): Uint8Array | null {
  try {
    // A link may lead to a pipe or a device, which may have no end.
    if (isPlain || statSync(path).isFile()) return readFileSync(path)
  } catch (cause) {
    if (!isNamed && systemCode(cause) === 'ENOENT') return null
    return refusePath(file, cause)
  }
  throw new PreconditionError(`${file} leads to what is no file.`)
}

/** `opaque` says why there is no text. */
function toMigration(
  file: string,
  text: string | null,
  opaque: string,
  inTransaction: boolean,
): PendingMigration {
  const shared = {
    id: file,
    name: '',
    file,
    sqlLine: 1,
    singleQuery: false,
    transaction: inTransaction,
    reverse: { available: false, sql: null, transaction: true },
  }
  if (text === null) return { ...shared, sql: null, opaque }
  const parsed = parseDbmateFile(text)
  if (typeof parsed === 'string') return { ...shared, sql: text }
  const { sql, line, transaction } = parsed.up
  return { ...shared, sql, sqlLine: line, transaction, singleQuery: true }
}
