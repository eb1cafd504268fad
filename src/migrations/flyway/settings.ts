import { posix } from 'node:path'
import type { FolderSettings } from '../find-folder.ts'
import { listNames } from '../project-files.ts'
import { readSource, textOf } from '../read-source.ts'
import type { MigrationConfig } from '../types.ts'

/** What Flyway was told, as far as it decides what runs. */
export interface FlywaySettings {
  readonly folders: FolderSettings | null
  /** Whether it refuses to run where the history and the files differ. */
  readonly validates: boolean
  /** Whether it runs what is older than what is applied. */
  readonly outOfOrder: boolean
  /** Whether it forgives what is applied and not on disk. */
  readonly ignoresMissing: boolean
}

const names = /^flyway(?:\.user)?\.(?:conf|toml)$/

/** What its files at the top of the project and in conf say, and before them FLYWAY_... in migrations.environment. */
export async function readSettings(
  directory: string,
  { migrations }: MigrationConfig,
): Promise<FlywaySettings> {
  const said = new Map<string, { readonly file: string; readonly value: string }>()
  for (const folder of ['.', 'conf']) {
    for (const name of (await listNames(posix.join(directory, folder))).filter((each) => names.test(each))) {
      const file = posix.join(folder, name)
      const text = textOf(await readSource(directory, file)) ?? ''
      for (const [, key = '', value = ''] of text.matchAll(/^[ \t]*(?:flyway\.)?(\w+)[ \t]*=[ \t]*(.*)$/gm))
        said.set(key, { file, value })
    }
  }
  for (const [variable, value] of Object.entries(migrations.environment ?? {})) {
    if (variable.startsWith('FLYWAY_')) said.set(keyOf(variable), { file: 'lockkeeper.yml', value })
  }
  const locations = said.get('locations')
  const patterns = wordsOf(said.get('ignoreMigrationPatterns')?.value ?? '')
  return {
    folders: locations === undefined ? null : foldersOf(locations.file, wordsOf(locations.value)),
    validates: !/^false$/i.test(said.get('validateOnMigrate')?.value.trim() ?? ''),
    outOfOrder: /^true$/i.test(said.get('outOfOrder')?.value.trim() ?? ''),
    ignoresMissing: patterns.some((pattern) => /^(\*|versioned):(\*|missing)$/i.test(pattern)),
  }
}

/** FLYWAY_OUT_OF_ORDER is outOfOrder. */
const keyOf = (variable: string): string =>
  variable
    .slice('FLYWAY_'.length)
    .toLowerCase()
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The elements of a list, as both kinds of file write it. */
function wordsOf(value: string): string[] {
  return value
    .replace(/^\[|\]\s*$/g, '')
    .split(',')
    .map((word) => word.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter((word) => word !== '')
}

/** A path of classes is found where builds take it from. */
function foldersOf(file: string, locations: readonly string[]): FolderSettings {
  const folders = locations.map((location) => {
    const [, kind = 'classpath', path = ''] = /^(?:(\w+):)?(.*)$/.exec(location) ?? []
    if (/[*?{$]/.test(path) || !['filesystem', 'classpath'].includes(kind)) return null
    return posix.join(kind === 'classpath' ? 'src/main/resources' : '.', path).replace(/(?<=.)\/+$/, '')
  })
  const known = folders.filter((folder) => folder !== null)
  return { file, folders: known.length > 0 && known.length === folders.length ? known : null }
}
