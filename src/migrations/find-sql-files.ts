import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { PreconditionError, systemCode, systemReason, UsageError } from '../errors.ts'
import { leadsToFolder } from './project-files.ts'

/** Where a file with SQL is. */
export interface FilePlace {
  /** As the user is told: from the directory. */
  readonly file: string
  readonly path: string
  /** Whether it surely is a file, and no link. */
  readonly isPlain: boolean
  /** Whether the user named it. */
  readonly isNamed: boolean
}

/**
 * The files that paths mean, each once, and the folders among the paths that hold none. UsageError for a path that is not there,
 * PreconditionError for one that cannot be read.
 */
export async function findSqlFiles(
  directory: string,
  paths: readonly string[],
): Promise<{ readonly places: Iterable<FilePlace>; readonly empty: readonly string[] }> {
  const places = new Map<string, FilePlace>()
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
  const found = await stat(path).catch((cause: unknown) => refusePath(file, cause))
  // A pipe or a device may have no end.
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`${file} is neither a file nor a folder.`)
  return found.isDirectory()
}

/** Every folder once, whatever leads to it: links may lead in circles. */
async function searchFolder(folder: string, root: string): Promise<FilePlace[]> {
  const searched: string[] = []
  const places: FilePlace[] = []
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
      if (leadsToFolder(entry, path)) waiting.push({ folder: nameOf(entry), root: path })
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

async function readEntries(folder: string, root: string): Promise<Dirent[]> {
  try {
    return await readdir(root, { withFileTypes: true, recursive: true })
  } catch (cause) {
    // It may be one of the folders below.
    const path = (cause as NodeJS.ErrnoException).path ?? root
    return refusePath(join(folder, relative(root, path)), cause)
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

/** UsageError for a path that is not there, PreconditionError for one that cannot be read, as the user wrote it. */
export function refusePath(file: string, cause: unknown): never {
  if (systemCode(cause) === 'ENOENT') throw new UsageError(`There is no file or folder ${file}.`, { cause })
  throw new PreconditionError(`${file} cannot be read: ${systemReason(cause)}.`, { cause })
}
