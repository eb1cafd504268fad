import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const database = z.looseObject({ migrations_paths: z.union([z.string(), z.array(z.string())]).optional() })
const production = z.looseObject({ production: z.record(z.string(), z.unknown()) })

/**
 * The name under which config/database.yml has the database of a folder of migrations, where the project has several; null where it
 * has one, or no such file.
 */
export async function findDatabaseName(directory: string, folder: string): Promise<string | null> {
  const text = await readFile(join(directory, 'config/database.yml'), 'utf8').catch(() => '')
  const named = namedDatabases(text)
  const owner = named.find(({ folders }) => folders.includes(folder))
  // Rails' own folder is that of the first one without another.
  return (owner ?? named.find(({ folders }) => folders.length === 0))?.name ?? null
}

/** The folders of migrations that a config/database.yml names for each database of production, with a name or without. */
export function foldersByDatabase(text: string): string[][] {
  const alone = z.looseObject({ production: database }).safeParse(withoutRuby(text))
  const own = alone.success ? [alone.data.production.migrations_paths ?? []].flat() : []
  return [own, ...namedDatabases(text).map(({ folders }) => [...folders])].filter(({ length }) => length > 0)
}

interface NamedDatabase {
  readonly name: string
  readonly folders: readonly string[]
}

/** The databases of production; none where it is a single one, without a name. */
export function namedDatabases(text: string): NamedDatabase[] {
  const settings = production.safeParse(withoutRuby(text))
  if (!settings.success) return []
  return Object.entries(settings.data.production).flatMap(([name, value]) => {
    const found = database.safeParse(value)
    return found.success ? [{ name, folders: [found.data.migrations_paths ?? []].flat() }] : []
  })
}

/** The file as YAML: what Ruby fills in is left out. */
function withoutRuby(text: string): unknown {
  try {
    return parse(text.replace(/<%[\s\S]*?%>/g, ''), { merge: true })
  } catch {
    return null
  }
}
