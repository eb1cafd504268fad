import type { Command } from '@oclif/core'
import { commandNames, loaders } from './loaders.ts'

/** Every command by the name that a user types: what oclif reads for its help. */
export const commands: Readonly<Record<string, Command.Class>> = Object.fromEntries(
  await Promise.all(commandNames.map(async (name) => [name, (await loaders[name]()).default] as const)),
)
