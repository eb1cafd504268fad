import { parseDbmateFile } from './dbmate-file.ts'
import { applyMigrations, reverseMigrations } from './dbmate-run.ts'
import { listFiles, readState } from './dbmate-state.ts'
import { readSource } from './read-source.ts'
import type { Framework, MigrationConfig } from './types.ts'

/** dbmate: plain SQL files with an up and a down block, versions in a table. */
export const dbmate: Framework = {
  name: 'dbmate',
  historyTables: ({ migrations }) => [migrations.table],
  recognise,
  read: readState,
  apply: applyMigrations,
  reverse: reverseMigrations,
}

/** One file in dbmate's own format is enough: no other tool writes its directives. */
async function recognise(directory: string, config: MigrationConfig): Promise<boolean> {
  const context = { directory, config, url: null }
  const files = await listFiles(context).catch(() => [])
  for (const { fileName } of files) {
    // One that cannot be read is told when the migrations are read.
    const contents = await readSource(directory, `${config.migrations.directory}/${fileName}`).catch(() => '')
    if (typeof parseDbmateFile(contents.toString()) !== 'string') return true
  }
  return false
}
