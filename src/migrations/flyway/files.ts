import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { foldersWith, requireFolder, type FolderQuestion } from '../find-folder.ts'
import { fileIn, listPaths } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import type { MigrationConfig } from '../types.ts'
import { readSettings } from './settings.ts'
import { plainVersion } from './version.ts'

/** A file whose name Flyway understands. */
export interface FlywayFile {
  readonly kind: 'versioned' | 'repeatable' | 'undo' | 'callback'
  /** What Flyway knows it by: the version, what a repeatable one is called, or the name of the file of a callback. */
  readonly id: string
  readonly name: string
  readonly file: string
  /** Null where Flyway takes it of a text that only Flyway knows: with the values of placeholders. */
  readonly checksum: number | null
  /** What is set for it alone, in a file beside it. */
  readonly settings: string
}

const usual = [
  'src/main/resources/db/migration',
  'db/migration',
  'sql',
  'flyway/sql',
  'migrations',
  'db/migrations',
]

async function question(directory: string, config: MigrationConfig): Promise<FolderQuestion> {
  return {
    tool: 'Flyway',
    usual,
    settings: (await readSettings(directory, config)).folders,
    holds: async (folder) =>
      (await listPaths(join(directory, folder), { followsLinks: true })).some((path) =>
        ['versioned', 'repeatable'].includes(partsOf(path)?.kind ?? ''),
      ),
  }
}

/** Whether there are migrations of Flyway. */
export async function hasFiles(directory: string, config: MigrationConfig): Promise<boolean> {
  return (await foldersWith(directory, config, await question(directory, config))).length > 0
}

/** The files of Flyway, in the folders of its folder as well. */
export async function listFiles(directory: string, config: MigrationConfig): Promise<FlywayFile[]> {
  const folder = await requireFolder(directory, config, await question(directory, config))
  const paths = (await listPaths(join(directory, folder), { followsLinks: true })).sort()
  const known = new Set(paths)
  const read = async (path: string) => (await readSource(directory, fileIn(folder, path))).toString()
  const files = paths.map(async (path): Promise<FlywayFile[]> => {
    const parts = partsOf(path)
    if (parts === undefined) return []
    const text = await read(path)
    const isPlain = parts.kind === 'versioned' || !text.includes('${')
    const settings = known.has(`${path}.conf`) ? await read(`${path}.conf`) : ''
    return [{ ...parts, file: fileIn(folder, path), checksum: isPlain ? checksumOf(text) : null, settings }]
  })
  return (await Promise.all(files)).flat()
}

const callback =
  /^(?:(?:before|after)(?:Each)?(?:Migrate|Validate|Connect|Versioned|Repeatables)(?:Statement|Applied|OperationFinish)?|createSchema)(?:__.*)?$/

function partsOf(path: string): Pick<FlywayFile, 'kind' | 'id' | 'name'> | undefined {
  const [, name] = /^(.*)\.sql$/.exec(basename(path)) ?? []
  if (name === undefined) return undefined
  const [, letter, version, description = ''] = /^([VU])(\d[\d._]*)__(.*)$/.exec(name) ?? []
  if (version !== undefined)
    return {
      kind: letter === 'U' ? 'undo' : 'versioned',
      id: plainVersion(version),
      name: words(description),
    }
  const repeatable = /^R__(.*)$/.exec(name)?.[1]
  if (repeatable !== undefined) return { kind: 'repeatable', id: words(repeatable), name: words(repeatable) }
  return callback.test(name) ? { kind: 'callback', id: name, name: words(name) } : undefined
}

const words = (text: string) => text.replaceAll('_', ' ')

/** Flyway's own: a CRC-32 of the lines without their ends, as a signed number. */
export function checksumOf(text: string): number {
  return crc32(text.replace(/^\u{FEFF}/u, '').replace(/\r\n|\r|\n/g, '')) | 0
}
