import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { commandNames, loaders, type CommandName } from './loaders.ts'

/**
 * Runs one command. Every command handles its own errors and sets the exit code; what arrives here is wrong usage that
 * oclif found before a command could start (an unknown command), or a defect.
 */
export async function main(argv: readonly string[]): Promise<void> {
  requireHome()
  const words = joinTopic(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv)
  try {
    const name = commandNames.find((known) => known === words[0])
    if (name === undefined || asksForHelp(words)) await runByOclif(words)
    else await runAlone(name, words.slice(1))
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    if (process.exitCode !== 0) process.stderr.write(` !     ${wordsOf(error)}\n`)
  }
}

/** Not every user of a container has a home, and whoever asks for it then gets an error: nothing is found in one that is not there. */
function requireHome(): void {
  try {
    homedir()
  } catch {
    process.env['HOME'] = '/nonexistent'
  }
}

/** "hooks install" is "hooks:install", as people type both; a name that a topic does not have is then an error, not a help page. */
function joinTopic(argv: readonly string[]): string[] {
  const [topic, name, ...rest] = argv
  const isTopic = commandNames.some((command) => command.startsWith(`${String(topic)}:`))
  return isTopic && name !== undefined && !name.startsWith('-') ? [`${topic}:${name}`, ...rest] : [...argv]
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? undefined : end).includes('--help')
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Help, the version, what is no command. */
async function runByOclif(words: string[]): Promise<void> {
  const { run } = await import('@oclif/core')
  await run(words, root)
}

/** Without reading all the other commands first, as oclif does: that takes longer than most checks. */
async function runAlone(name: CommandName, words: string[]): Promise<void> {
  if (name === 'check') return runCheck(words)
  const { default: command } = await loaders[name]()
  await command.runAlone(name, words, root)
}

async function runCheck(words: string[]): Promise<void> {
  preferSmallWork()
  const { checkAhead } = await import('./check-ahead.ts')
  const begun = await checkAhead(words)
  try {
    const { default: Check } = await loaders.check()
    await Check.runAlone('check', words, root, (command) => (command.begun = begun))
  } finally {
    begun?.end()
  }
}

const smallWork = [
  // WebAssembly, the parser of SQL, stays as it is compiled at first.
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
  '--wasm-lazy-compilation',
  // JavaScript is optimised only when it has run for long: newer versions of Node have a cheaper way for what has not.
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=1000000'] : []),
  // The space for young objects grows at once to what thousands of statements need.
  '--semi-space-growth-factor=16',
]

/** A check is over before it pays to optimise its code: V8 would spend more processor time on that than on the statements. */
function preferSmallWork(): void {
  for (const flag of smallWork) setFlagsFromString(flag)
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const unknown = /^command (.+) not found$/.exec(message)?.[1]
  return unknown === undefined ? message : `There is no command ${unknown}: lockkeeper --help lists them all.`
}

/** oclif marks the errors that it means as ends of the program with an exit code: 0 for --help, 2 for wrong usage. */
function exitCodeOf(error: unknown): number {
  const marked = (error as { oclif?: { exit?: unknown } }).oclif?.exit
  return typeof marked === 'number' ? marked : 1
}
