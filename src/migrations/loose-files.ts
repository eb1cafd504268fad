import { readFileSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PreconditionError, systemCode, systemReason, UsageError } from '../errors.ts'
import { parseDbmateFile } from './dbmate-file.ts'
import { noText, textOf } from './read-source.ts'
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
  const { files, empty } = await expand(options)
  for (const path of files) {
    const bytes = path === '-' ? await options.readStandardInput() : read(options.directory, path)
    const file = path === '-' ? 'standard input' : path
    const text = textOf(bytes)
    if (text !== null) texts.set(file, text)
    pending.push(toMigration(file, text, options.inTransaction))
  }
  return { pending, texts, empty }
}

async function expand({ directory, paths }: LooseFilesOptions) {
  const files = new Set<string>()
  const empty: string[] = []
  for (const path of paths) {
    const isOne = path === '-' || !(await isFolder(directory, path))
    const found = isOne ? [path] : await searchFolder(directory, path)
    for (const file of found) files.add(file)
    if (found.length === 0) empty.push(path)
  }
  return { files, empty }
}

async function isFolder(directory: string, path: string): Promise<boolean> {
  if (path === '') throw new UsageError('There is no file or folder "": a PATH is empty.')
  const found = await stat(resolve(directory, path)).catch((cause: unknown) => fail(path, cause))
  // A pipe or a device may have no end.
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`${path} is neither a file nor a folder.`)
  return found.isDirectory()
}

/** Undoing is not part of what a deploy does, so files for that are left out. */
async function searchFolder(directory: string, folder: string): Promise<string[]> {
  const entries = await readdir(resolve(directory, folder), { withFileTypes: true, recursive: true }).catch(
    (cause: unknown) => fail(folder, cause),
  )
  const root = resolve(directory, folder)
  return entries
    .filter(
      (entry) =>
        (entry.isFile() || entry.isSymbolicLink()) &&
        /\.sql$/i.test(entry.name) &&
        !/(^|\.)down\.sql$/i.test(entry.name),
    )
    .map((entry) => join(folder, join(entry.parentPath, entry.name).slice(root.length)))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** Small files by the thousand are read sooner without waiting for each. */
function read(directory: string, path: string): Uint8Array {
  try {
    const file = resolve(directory, path)
    // A link may lead to a pipe or a device, which may have no end.
    if (statSync(file).isFile()) return readFileSync(file)
  } catch (cause) {
    return fail(path, cause)
  }
  throw new PreconditionError(`${path} leads to what is no file.`)
}

function fail(path: string, cause: unknown): never {
  if (systemCode(cause) === 'ENOENT') throw new UsageError(`There is no file or folder ${path}.`, { cause })
  throw new PreconditionError(`${path} cannot be read: ${systemReason(cause)}.`, { cause })
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
