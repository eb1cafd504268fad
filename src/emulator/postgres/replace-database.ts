import { withAdministrator, type ServerAddress } from './administrator.ts'
import * as sql from './database-sql.ts'

/** A database whose contents are to be replaced, and the role that owns them afterwards. */
export interface RestoreTarget extends ServerAddress {
  readonly database: string
  readonly owner: string
}

/**
 * Puts an empty database in the place of this one, closed to all but superusers, and opens it when `fill` has ended, however it
 * ended. The empty one is made first, under a name that finishReplacements finds should everything be killed half-way.
 */
export async function replaceDatabase(target: RestoreTarget, fill: () => Promise<void>): Promise<void> {
  const next = sql.nextName(target.database)
  const swap = [
    sql.dropDatabase(next),
    ...sql.createDatabase(next, target.owner, true),
    sql.closeDatabase(target.database),
    sql.dropDatabase(target.database),
    sql.renameDatabase(next, target.database),
  ]
  try {
    await run(target, swap)
  } catch (error) {
    await finishReplacements(target, (name) => name === target.database || name === next)
    throw error
  }
  try {
    await fill()
  } finally {
    await run(target, [sql.openDatabase(target.database)])
  }
}

/** Finishes or forgets replacements that broke off, and opens what was left closed: of all databases, or of those `among`. */
export async function finishReplacements(
  server: ServerAddress,
  among: (name: string) => boolean = () => true,
): Promise<void> {
  const { rows } = await withAdministrator(server, 'postgres', (client) =>
    client.query<FoundDatabase>(
      'SELECT datname AS name, datconnlimit = 0 AS closed FROM pg_database WHERE NOT datistemplate',
    ),
  )
  await run(server, unfinishedReplacements(rows.filter(({ name }) => among(name))))
}

export interface FoundDatabase {
  readonly name: string
  readonly closed: boolean
}

/** The statements that finish or forget what was under way. */
export function unfinishedReplacements(databases: readonly FoundDatabase[]): string[] {
  const names = new Set(databases.map(({ name }) => name))
  return databases.flatMap(({ name, closed }) => {
    const place = sql.placeOfNext(name)
    if (place === undefined) return closed ? [sql.openDatabase(name)] : []
    if (names.has(place)) return [sql.dropDatabase(name)]
    return [sql.renameDatabase(name, place), sql.openDatabase(place)]
  })
}

async function run(server: ServerAddress, statements: readonly string[]): Promise<void> {
  await withAdministrator(server, 'postgres', async (client) => {
    for (const statement of statements) await client.query(statement)
  })
}
