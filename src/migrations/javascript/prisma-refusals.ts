import { join } from 'node:path'
import type pg from 'pg'
import { resolveTable } from '../history.ts'
import { fileIn, isFile, listFolders } from '../project-files.ts'
import { readText } from '../sql-file.ts'

/** Sentences about what makes Prisma refuse a folder of migrations: its errors P3015 and P3019. */
export async function folderRefusals(directory: string, folder: string): Promise<string[]> {
  const problems: string[] = []
  for (const name of await listFolders(join(directory, folder))) {
    const file = fileIn(folder, `${name}/migration.sql`)
    if (!(await isFile(join(directory, file))))
      problems.push(`Prisma refuses to run while ${fileIn(folder, name)} has no migration.sql (P3015).`)
  }
  const lock = fileIn(folder, 'migration_lock.toml')
  if (!(await isFile(join(directory, lock)))) return problems
  const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec((await readText(directory, lock)) ?? '')?.[1]
  if (provider !== 'postgresql' && provider !== 'postgres')
    problems.push(
      `Prisma refuses to run on Postgres while ${lock} names ${provider ?? 'no provider'} (P3019).`,
    )
  return problems
}

/** A sentence about a database in which Prisma never ran and that is not empty: its error P3005. */
export async function databaseRefusals(client: pg.Client, table: string): Promise<string[]> {
  if ((await resolveTable(client, table)) !== null) return []
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = to_regnamespace(coalesce(current_schema(), 'public')) and relkind in ('r', 'p')
     order by 1 limit 1`,
  )
  return rows.map(
    ({ name }) =>
      `Prisma refuses to run on a database that is not empty and has no ${table} (P3005): it has ${name}. See prisma migrate resolve.`,
  )
}
