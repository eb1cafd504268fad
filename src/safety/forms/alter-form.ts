import type { AlterTableCmd } from 'libpg-query'
import type { Context, Draft } from './form.ts'

/** One subcommand of an ALTER TABLE. */
export interface AlterCommand {
  readonly command: AlterTableCmd
  readonly table: string
  /** The column or constraint that it names, quoted where needed. */
  readonly name: string
  readonly context: Context
}

export type AlterForm = (input: AlterCommand) => readonly Draft[]
