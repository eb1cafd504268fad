import { createRequire } from 'node:module'

/** Every command by its name, as oclif asks for them when it prints help. */
export const commands = await createRequire(import.meta.url)('../dist/cli/commands.cjs').loadCommands()
