import { dirname, join } from 'node:path'
import { isFile, listFolders, namedFolder } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import type { MigrationConfig } from '../types.ts'

export interface AlembicProject {
  /** alembic.ini, relative to `folder`. */
  readonly ini: string
  /** Where its commands are run, relative to the project. */
  readonly folder: string
  /** Flask-Migrate is in charge: env.py wants an app. */
  readonly flask: boolean
}

/**
 * Where Alembic is set up: an alembic.ini at the top or one folder down; Flask-Migrate keeps it in its folder of migrations, beside env.py.
 * Undefined when there is none.
 */
export async function findAlembic(
  directory: string,
  config: MigrationConfig,
): Promise<AlembicProject | undefined> {
  const folders = (await listFolders(directory)).filter((name) => !/^(\.|node_modules$|venv$)/.test(name))
  for (const folder of ['.', namedFolder(config) ?? 'db/migrations', ...folders]) {
    if (!(await isFile(join(directory, folder, 'alembic.ini')))) continue
    if (!(await isFile(join(directory, folder, 'env.py'))))
      return { ini: 'alembic.ini', folder, flask: false }
    const flask = (await readSource(directory, join(folder, 'env.py'))).includes('flask')
    const ini = join(folder, 'alembic.ini')
    return flask ? { ini, folder: '.', flask } : { ini: 'alembic.ini', folder: dirname(folder), flask }
  }
  return undefined
}
