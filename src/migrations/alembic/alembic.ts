import { findTable } from '../project-files.ts'
import type { Framework } from '../types.ts'
import { findAlembic } from './project.ts'
import { readAlembic } from './read.ts'
import { applyAlembic, reverseAlembic } from './run.ts'

/** Alembic, alone or under Flask-Migrate: Python functions that know what they come after. Ids are revisions. */
export const alembic: Framework = {
  name: 'alembic',
  historyTables: (config) => [findTable(config, 'alembic_version')],
  recognise: async (directory, config) => (await findAlembic(directory, config)) !== undefined,
  read: (context) => readAlembic(context),
  apply: applyAlembic,
  reverse: reverseAlembic,
}
