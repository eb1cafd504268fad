import { readFileSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { PreconditionError, systemCode, systemReason, UsageError } from '../errors.ts'
import { parseDbmateFile } from './dbmate-file.ts'
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
 * Files with SQL as migrations, without a project around them: folders are searched for .sql files, in the order of their names.
 * What is no text becomes a migration that cannot be judged. UsageError for a path that is not there, PreconditionError for one
 * that cannot be read.
 */
export async function readLooseFiles(options: LooseFilesOptions): Promise<LooseFiles> {
  const pending: PendingMigration[] = []
  const texts = new Map<string, string>()
  const { places, empty } = await expand(options)
  for (const place of places) {
    const bytes = place.file === '-' ? await options.readStandardInput() : read(place)
    const file = place.file === '-' ? standardInput : place.file
    const text = textOf(bytes)
    if (text !== null) texts.set(file, text)
    pending.push(toMigration(file, text, options.inTransaction))
  }
  return { pending, texts, empty }
}

interface Place {
  /** As the user is told: from the directory. */
  readonly file: string
  readonly path: string
  /** Whether it surely is a file, and no link. */
  readonly isPlain: boolean
}

async function expand({ directory, paths }: LooseFilesOptions) {
  const places = new Map<string, Place>()
  const empty: string[] = []
  for (const file of paths) {
    const path = resolve(directory, file)
    const isOne = file === '-' || !(await isFolder(file, path))
    const found = isOne ? [{ file, path, isPlain: false }] : await searchFolder(file, path)
    for (const place of found) places.set(place.file, place)
    if (found.length === 0) empty.push(file)
  }
  return { places: places.values(), empty }
}

async function isFolder(file: string, path: string): Promise<boolean> {
  if (file === '') throw new UsageError('There is no file or folder "": a PATH is empty.')
  const found = await stat(path).catch((cause: unknown) => fail(file, cause))
  // A pipe or a device may have no end.
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`${file} is neither a file nor a folder.`)
  return found.isDirectory()
}

/** Undoing is not part of what a deploy does, so files for that are left out. */
async function searchFolder(folder: string, root: string): Promise<Place[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch((cause: unknown) =>
    fail(folder, cause),
  )
  const beginnings = new Map<string, string>()
  // Thousands of files have few folders: what their names begin with is made once for each.
  const beginningOf = (parent: string): string => {
    const known = beginnings.get(parent) ?? join(folder, parent.slice(root.length), '-').slice(0, -1)
    beginnings.set(parent, known)
    return known
  }
  return entries
    .filter(
      (entry) =>
        (entry.isFile() || entry.isSymbolicLink()) &&
        /\.sql$/i.test(entry.name) &&
        !/(^|\.)down\.sql$/i.test(entry.name),
    )
    .map((entry) => ({
      file: beginningOf(entry.parentPath) + entry.name,
      path: entry.parentPath + sep + entry.name,
      isPlain: entry.isFile(),
    }))
    .sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** Small files by the thousand are read sooner without waiting for each. */
function read({ file, path, isPlain }: Place): Uint8Array {
  try {
    // A link may lead to a pipe or a device, which may have no end.
    if (isPlain || statSync(path).isFile()) return readFileSync(path)
  } catch (cause) {
    return fail(file, cause)
  }
  throw new PreconditionError(`${file} leads to what is no file.`)
}

function fail(file: string, cause: unknown): never {
  if (systemCode(cause) === 'ENOENT') throw new UsageError(`There is no file or folder ${file}.`, { cause })
  throw new PreconditionError(`${file} cannot be read: ${systemReason(cause)}.`, { cause })
}

function toMigration(file: string, text: string | null, inTransaction: boolean): PendingMigration {
  const shared = {
    id: file,
    name: '',
    file,
    sqlLine: 1,
    singleQuery: false,
    transaction: inTransaction,
    reverse: { available: false, sql: null, transaction: true },
  }
  if (text === null) return { ...shared, sql: null, opaque: noText }
  const parsed = parseDbmateFile(text)
  if (typeof parsed === 'string') return { ...shared, sql: text }
  const { sql, line, transaction } = parsed.up
  return { ...shared, sql, sqlLine: line, transaction, singleQuery: true }
}
