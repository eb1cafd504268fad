import { dirname, join } from 'node:path'
import { isFile } from '../project-files.ts'
import { findHome } from '../python-project.ts'
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
 * Where Alembic is set up; see findHome. Flask-Migrate keeps alembic.ini in its folder of migrations, beside env.py. Undefined when there is
 * none.
 */
export async function findAlembic(
  directory: string,
  config: MigrationConfig,
): Promise<AlembicProject | undefined> {
  const isHome = (candidate: string) => isFile(join(directory, candidate, 'alembic.ini'))
  const folder = await findHome(directory, config, { tool: 'Alembic', file: 'alembic.ini', isHome })
  if (folder === undefined) return undefined
  if (!(await isFile(join(directory, folder, 'env.py')))) return { ini: 'alembic.ini', folder, flask: false }
  const flask = (await readSource(directory, join(folder, 'env.py'))).includes('flask')
  const ini = join(folder, 'alembic.ini')
  return flask ? { ini, folder: '.', flask } : { ini: 'alembic.ini', folder: dirname(folder), flask }
}
