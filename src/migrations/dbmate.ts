import { join } from 'node:path'
import { hasDirective } from './dbmate-file.ts'
import { applyMigrations, reverseMigrations } from './dbmate-run.ts'
import { filesIn, findFolders, historyTable, readState } from './dbmate-state.ts'
import { fileIn } from './project-files.ts'
import { readSource } from './read-source.ts'
import type { Framework, MigrationConfig } from './types.ts'

/** dbmate: plain SQL files with an up and a down block, versions in a table. */
export const dbmate: Framework = {
  name: 'dbmate',
  historyTables: (config) => [historyTable(config)],
  recognise,
  read: readState,
  apply: applyMigrations,
  reverse: reverseMigrations,
}

/** One file with dbmate's own directives is enough, be it one that dbmate refuses: no other tool writes them. */
async function recognise(directory: string, config: MigrationConfig): Promise<boolean> {
  for (const folder of await findFolders(directory, config)) {
    for (const { fileName } of await filesIn(join(directory, folder))) {
      if (hasDirective(await readSource(directory, fileIn(folder, fileName)))) return true
    }
  }
  return false
}
