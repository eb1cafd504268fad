import type { Framework } from '../types.ts'
import { hasFiles, historyTable, readRails } from './read.ts'
import { applyRails, reverseRails } from './run.ts'

/** Rails: Ruby classes in db/migrate. Their order and state are read without Ruby; what they do is known only when they run. */
export const rails: Framework = {
  name: 'rails',
  historyTables: (config) => [historyTable(config), 'ar_internal_metadata'],
  recognise: hasFiles,
  read: readRails,
  apply: applyRails,
  reverse: reverseRails,
}
