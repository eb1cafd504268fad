import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BegunCheck } from '../src/deploy/begin-check.ts'

/** Those flags of a check after which a word follows that is no PATH. */
export const withWord = ['app', 'remote', 'directory', 'since', 'commit-message', 'format', 'output'] as const
const options = {
  ...Object.fromEntries(withWord.map((name) => [name, { type: 'string' as const }])),
  app: { type: 'string', short: 'a' },
  remote: { type: 'string', short: 'r' },
  directory: { type: 'string', default: '.' },
} as const

/**
 * Begins a check of an app before the command has been loaded: what reads the flags takes as long to load as a framework takes to start.
 * Undefined for another kind of check, and where something is wrong, which the command itself then tells.
 */
export async function checkAhead(words: readonly string[]): Promise<BegunCheck | undefined> {
  const { values, positionals } = parseArgs({ args: [...words], options, strict: false })
  if (positionals.length > 0 || 'offline' in values || 'staged' in values) return undefined
  // Loaded here, because a check of files starts sooner without it.
  const { loadProject } = await import('../src/config/project.ts')
  const { beginCheck } = await import('../src/deploy/begin-check.ts')
  const directory = resolve(String(values.directory))
  try {
    return await beginCheck(directory, await loadProject({ directory, environment: process.env }))
  } catch {
    return undefined
  }
}
