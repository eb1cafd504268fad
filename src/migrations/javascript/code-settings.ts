import { posix } from 'node:path'
import type { FolderSettings } from '../find-folder.ts'
import { listNames } from '../project-files.ts'
import { readSource, textOf } from '../read-source.ts'

/** The first file at the top of a project with such a name, and its text; null when there is none. */
export async function findSettings(
  directory: string,
  name: RegExp,
): Promise<{ readonly file: string; readonly text: string } | null> {
  const file = (await listNames(directory)).find((candidate) => name.test(candidate))
  return file === undefined ? null : { file, text: textOf(await readSource(directory, file)) ?? '' }
}

/** What settings say of folders; null where they say nothing. */
export function foldersIn(file: string, said: readonly string[] | null): FolderSettings | null {
  if (said?.length === 0) return null
  const folders = said?.map((folder) => posix.join(posix.dirname(file), folder).replace(/(?<=.)\/+$/, ''))
  return { file, folders: folders === undefined ? null : [...new Set(folders)] }
}
