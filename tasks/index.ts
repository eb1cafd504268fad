import type { Command } from '@oclif/core'
import { commandNames, loaders } from './loaders.ts'

/** Every command by the name that a user types: what oclif reads for its help. */
export async function loadCommands(): Promise<Readonly<Record<string, Command.Class>>> {
  const entries = commandNames.map(async (name) => [name, (await loaders[name]()).default] as const)
  return Object.fromEntries(await Promise.all(entries))
}
