import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { LockkeeperError, PreconditionError } from '../src/errors.ts'
import { commandNames, loaders, type CommandName } from './loaders.ts'

/**
 * Runs one command. Every command handles its own errors and sets the exit code; what arrives here is wrong usage that
 * oclif found before a command could start (an unknown command), or a defect.
 */
export async function main(argv: readonly string[]): Promise<void> {
  requireHome()
  const words = joinTopic(spellOut(argv))
  try {
    requireFolder()
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

/** Everything that a user names starts from the folder that the shell is in. */
function requireFolder(): void {
  try {
    process.cwd()
  } catch (cause) {
    throw new PreconditionError('The folder that you are in is not there any more: go to another one.', {
      cause,
    })
  }
}

/** What people type for --help and --version. */
function spellOut(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'help') return [...argv.slice(1), '--help']
  if (argv[0] === '-v') return ['--version']
  return argv[0] === '-h' ? ['--help'] : argv
}

/** "hooks install" is "hooks:install", as people type both; a name that a topic does not have is then an error, not a help page. */
function joinTopic(argv: readonly string[]): string[] {
  const [topic, ...rest] = argv
  if (!commandNames.some((command) => command.startsWith(`${String(topic)}:`))) return [...argv]
  // Flags may stand before it, with words of their own.
  const known = rest.findIndex((word) => commandNames.some((command) => command === `${topic}:${word}`))
  const at = known < 0 ? rest.findIndex((word) => !word.startsWith('-')) : known
  return at < 0 ? [...argv] : [`${topic}:${rest[at]}`, ...rest.slice(0, at), ...rest.slice(at + 1)]
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  const flags = words.slice(0, end < 0 ? undefined : end)
  return flags.includes('--help') || flags.includes('-h')
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Help, the version, what is no command. */
async function runByOclif(words: string[]): Promise<void> {
  const { run } = await import('@oclif/core')
  // Its own sign for help, because a command's flag could be another.
  await run(
    words.map((word) => (word === '-h' ? '--help' : word)),
    root,
  )
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
  if (error instanceof LockkeeperError) return error.exitCode
  const marked = (error as { oclif?: { exit?: unknown } }).oclif?.exit
  return typeof marked === 'number' ? marked : 1
}
