import { join } from 'node:path'
import { isFile, listFolders } from '../project-files.ts'
import { readSource } from '../read-source.ts'

/** The project's manage.py, relative to its directory: at the top or one folder down. Undefined when there is none of Django's. */
export async function findManage(directory: string): Promise<string | undefined> {
  const folders = (await listFolders(directory)).filter((name) => !/^(\.|node_modules$|venv$)/.test(name))
  for (const candidate of ['manage.py', ...folders.map((folder) => join(folder, 'manage.py'))]) {
    if (!(await isFile(join(directory, candidate)))) continue
    const text = await readSource(directory, candidate)
    if (text.includes('execute_from_command_line')) return candidate
  }
  return undefined
}
