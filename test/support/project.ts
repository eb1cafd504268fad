import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { MigrationConfig, MigrationContext } from '../../src/migrations/types.ts'

export type TestContext = MigrationContext & { readonly url: string }

/** A temporary project of these files, removed when `use` ends. */
export async function withProject<T>(
  files: Readonly<Record<string, string>>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-project-'))
  try {
    await writeFiles(directory, files)
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, contents] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), contents)
  }
}

/** The context of a project and a database, with the defaults of lockkeeper.yml but less patience. */
export function projectContext(
  directory: string,
  url: string,
  migrations: Partial<MigrationConfig['migrations']> = {},
): TestContext {
  const config = {
    migrations,
    migrate: { lockTimeout: 0.3, attempts: 3, deadline: 120 },
  }
  return { directory, url, config }
}
