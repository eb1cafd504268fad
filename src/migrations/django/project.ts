import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFile, listFolders } from '../project-files.ts'

/** The project's manage.py, relative to its directory: at the top or one folder down. Undefined when there is none of Django's. */
export async function findManage(directory: string): Promise<string | undefined> {
  const folders = (await listFolders(directory)).filter((name) => !/^(\.|node_modules$|venv$)/.test(name))
  for (const candidate of ['manage.py', ...folders.map((folder) => join(folder, 'manage.py'))]) {
    const path = join(directory, candidate)
    if ((await isFile(path)) && (await readFile(path, 'utf8')).includes('execute_from_command_line'))
      return candidate
  }
  return undefined
}
