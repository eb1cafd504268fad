import { UsageError } from '../../errors.ts'
import type { MigrationContext } from '../types.ts'
import { findSettings } from './code-settings.ts'
import { writtenOutIn } from './written-out.ts'

/** How a tool's settings name its table of what is applied. */
export interface HistoryQuestion {
  /** For messages: 'Knex'. */
  readonly tool: string
  /** The file of its settings, at the top of the project. */
  readonly file: RegExp
  /** The keys under `migrations`. */
  readonly table: string
  readonly schema: string
  /** Without a schema where the connection finds it. */
  readonly usual: { readonly table: string; readonly schema?: string }
}

/** The table that the user named, that of the tool's own settings, or its usual one. UsageError where only the tool itself can tell. */
export async function historySetting(
  { directory, config }: Pick<MigrationContext, 'directory' | 'config'>,
  { tool, file, usual, ...keys }: HistoryQuestion,
): Promise<string> {
  if (config.migrations.table !== undefined) return config.migrations.table
  const settings = await findSettings(directory, file)
  const said = (key: string): string | undefined => {
    if (settings === null) return undefined
    const values = writtenOutIn(settings.text, 'migrations', key)
    if (values !== null && values.length < 2) return values[0]
    throw new UsageError(
      `${settings.file} says in which table ${tool} records what is applied in a way that only ${tool} itself can tell.`,
      { next: ['Name it in lockkeeper.yml: migrations.table'] },
    )
  }
  const schema = said(keys.schema) ?? usual.schema
  const table = said(keys.table) ?? usual.table
  return schema === undefined ? table : `${schema}.${table}`
}
