import { join } from 'node:path'
import { parseDbmateFile } from './dbmate-file.ts'
import { applyMigrations, reverseMigrations } from './dbmate-run.ts'
import { folderOf, historyTable, listFiles, readState } from './dbmate-state.ts'
import { fileIn, isFolder } from './project-files.ts'
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

/** One file in dbmate's own format is enough: no other tool writes its directives. */
async function recognise(directory: string, config: MigrationConfig): Promise<boolean> {
  const folder = folderOf(config)
  if (!(await isFolder(join(directory, folder)))) return false
  for (const { fileName } of await listFiles({ directory, config, url: null })) {
    const contents = await readSource(directory, fileIn(folder, fileName))
    if (typeof parseDbmateFile(contents.toString()) !== 'string') return true
  }
  return false
}
