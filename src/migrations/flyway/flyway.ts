import { PreconditionError } from '../../errors.ts'
import type { Framework } from '../types.ts'
import { hasFiles } from './files.ts'
import { historyTable } from './history.ts'
import { readFlyway } from './read.ts'

/** Flyway: V1__name.sql. Lockkeeper reads and judges them; they are run by Flyway itself, in the release phase. */
export const flyway: Framework = {
  name: 'flyway',
  historyTables: (config) => [historyTable(config)],
  recognise: hasFiles,
  read: readFlyway,
  apply: () => Promise.reject(notOurs()),
  reverse: () => Promise.reject(notOurs()),
}

function notOurs(): PreconditionError {
  return new PreconditionError('Lockkeeper does not run Flyway itself.', {
    next: [
      'Let the release phase run it: migrate.run: release-phase',
      'Or name your own commands: migrations.framework: command and migrations.custom',
    ],
  })
}
