import { join } from 'node:path'
import { isFile } from '../project-files.ts'
import { findHome } from '../python-project.ts'
import { readSource } from '../read-source.ts'
import type { MigrationConfig } from '../types.ts'

/** The project's manage.py, relative to its directory; see findHome. Undefined when there is none of Django's. */
export async function findManage(directory: string, config: MigrationConfig): Promise<string | undefined> {
  const folder = await findHome(directory, config, {
    tool: 'Django',
    file: 'manage.py',
    isHome: async (candidate) => {
      const path = join(candidate, 'manage.py')
      if (!(await isFile(join(directory, path)))) return false
      return (await readSource(directory, path)).includes('execute_from_command_line')
    },
  })
  return folder === undefined ? undefined : join(folder, 'manage.py')
}
