import { readFileSync, statSync, type Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
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
 * Files with SQL as migrations, without a project around them: folders are searched for .sql files, in the order of their names,
 * through links as well. What is no text, and what a folder names and is not there, becomes a migration that cannot be judged.
 * UsageError for a path that is not there, PreconditionError for one that cannot be read.
 */
export async function readLooseFiles(options: LooseFilesOptions): Promise<LooseFiles> {
  const pending: PendingMigration[] = []
  const texts = new Map<string, string>()
  const { places, empty } = await expand(options)
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

interface Place {
  /** As the user is told: from the directory. */
  readonly file: string
  readonly path: string
  /** Whether it surely is a file, and no link. */
  readonly isPlain: boolean
  /** Whether the user named it. */
  readonly isNamed: boolean
}

async function expand({ directory, paths }: LooseFilesOptions) {
  const places = new Map<string, Place>()
  const empty: string[] = []
  for (const file of paths) {
    const path = resolve(directory, file)
    const isOne = file === '-' || !(await isFolder(file, path))
    const found = isOne ? [{ file, path, isPlain: false, isNamed: true }] : await searchFolder(file, path)
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

/** Every folder once, whatever leads to it: links may lead in circles. */
async function searchFolder(folder: string, root: string): Promise<Place[]> {
  const searched: string[] = []
  const places: Place[] = []
  const waiting = [{ folder, root }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const real = await realpath(next.root)
    if (searched.some((one) => isWithin(real, one))) continue
    const entries = await readEntries(next.folder, next.root)
    const nameOf = createNamer(next.folder, next.root)
    for (const entry of entries) {
      // What a link led to before stands here again.
      if (searched.some((one) => isWithin(real + entry.parentPath.slice(next.root.length), one))) continue
      const path = entry.parentPath + sep + entry.name
      if (entry.isSymbolicLink() && leadsToFolder(path)) waiting.push({ folder: nameOf(entry), root: path })
      else if (isMigration(entry))
        places.push({ file: nameOf(entry), path, isPlain: entry.isFile(), isNamed: false })
    }
    searched.push(real)
  }
  return places.sort((a, b) => (a.file < b.file ? -1 : 1))
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Undoing is not part of what a deploy does, so files for that are left out. */
function isMigration(entry: Dirent): boolean {
  return !entry.isDirectory() && /\.sql$/i.test(entry.name) && !/(^|\.)down\.sql$/i.test(entry.name)
}

function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

async function readEntries(folder: string, root: string): Promise<Dirent[]> {
  try {
    return await readdir(root, { withFileTypes: true, recursive: true })
  } catch (cause) {
    // It may be one of the folders below.
    const path = (cause as NodeJS.ErrnoException).path ?? root
    return fail(join(folder, relative(root, path)), cause)
  }
}

/** Thousands of files have few folders: what their names begin with is made once for each. */
function createNamer(folder: string, root: string): (entry: Dirent) => string {
  const beginnings = new Map<string, string>()
  return ({ parentPath, name }) => {
    const known = beginnings.get(parentPath) ?? join(folder, parentPath.slice(root.length), '-').slice(0, -1)
    beginnings.set(parentPath, known)
    return known + name
  }
}

/** Null where a folder named it and there is none. Small files by the thousand are read sooner without waiting for each. */
function read({ file, path, isPlain, isNamed }: Place): Uint8Array | null {
  try {
    // A link may lead to a pipe or a device, which may have no end.
    if (isPlain || statSync(path).isFile()) return readFileSync(path)
  } catch (cause) {
    if (!isNamed && systemCode(cause) === 'ENOENT') return null
    return fail(file, cause)
  }
  throw new PreconditionError(`${file} leads to what is no file.`)
}

function fail(file: string, cause: unknown): never {
  if (systemCode(cause) === 'ENOENT') throw new UsageError(`There is no file or folder ${file}.`, { cause })
  throw new PreconditionError(`${file} cannot be read: ${systemReason(cause)}.`, { cause })
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
