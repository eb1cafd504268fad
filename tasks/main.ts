import { Config, run } from '@oclif/core'
import { fileURLToPath } from 'node:url'
import { commands } from './index.ts'

/**
 * Runs one command. Every command handles its own errors and sets the exit code; what arrives here is wrong usage that
 * oclif found before a command could start (an unknown command), or a defect.
 */
export async function main(argv: string[]): Promise<void> {
  const config = await Config.load(fileURLToPath(new URL('../..', import.meta.url)))
  try {
    await run(joinTopic(argv), config)
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    if (process.exitCode !== 0)
      process.stderr.write(` !     ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

/** "hooks install" is "hooks:install", as people type both; a name that a topic does not have is then an error, not a help page. */
function joinTopic(argv: readonly string[]): string[] {
  const [topic, name, ...rest] = argv
  const isTopic = Object.keys(commands).some((command) => command.startsWith(`${String(topic)}:`))
  return isTopic && name !== undefined && !name.startsWith('-') ? [`${topic}:${name}`, ...rest] : [...argv]
}

/** oclif marks the errors that it means as ends of the program with an exit code: 0 for --help, 2 for wrong usage. */
function exitCodeOf(error: unknown): number {
  const marked = (error as { oclif?: { exit?: unknown } }).oclif?.exit
  return typeof marked === 'number' ? marked : 1
}
