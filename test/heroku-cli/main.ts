/**
 * `npm run test:heroku-cli`: Heroku's own CLI, unmodified, does its work against the emulator. For each command its exit code, what
 * a person reads, and what it did are checked.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkAccountAndSettings } from './account-and-settings.ts'
import { checkBackups } from './backups.ts'
import { createCheck, type Check, type Result } from './cli.ts'
import { checkCode } from './code.ts'
import { commands } from './commands.ts'
import { checkDatabases } from './databases.ts'
import { withEmulatorProcess } from './emulator-process.ts'
import { herokuVersion, installHeroku } from './install.ts'
import { createWorld, type World } from './world.ts'

/** Each has apps of its own, so that two can run side by side. */
const parts: readonly ((world: World, check: Check) => Promise<void>)[] = [
  checkCode,
  checkBackups,
  checkDatabases,
  checkAccountAndSettings,
]
const sideBySide = 2

const say = (text: string) => void process.stdout.write(`${text}\n`)

async function runParts(world: World, results: Result[]): Promise<void> {
  const check = createCheck(world, results)
  const waiting = [...parts]
  const work = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      await part(world, check).catch((error: unknown) => {
        results.push({ command: part?.name ?? '', seconds: 0, problem: `broke off: ${String(error)}` })
      })
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, work))
}

function missingResults(results: readonly Result[]): Result[] {
  const seen = new Set(results.map(({ command }) => command))
  return commands
    .filter((command) => !seen.has(command))
    .map((command) => ({ command, seconds: 0, problem: 'was not run' }))
}

function print(results: readonly Result[]): void {
  const order = (result: Result) => commands.indexOf(result.command) + 1 || commands.length + 1
  const width = Math.max(...results.map(({ command }) => command.length))
  for (const { command, seconds, problem } of [...results].sort((a, b) => order(a) - order(b))) {
    const time = `${seconds.toFixed(1)} s`.padStart(7)
    say(`${problem === undefined ? 'passed' : 'FAILED'}  ${command.padEnd(width)} ${time}`)
    if (problem !== undefined) say(`  ${problem}`)
  }
}

async function main(): Promise<boolean> {
  const heroku = await installHeroku(say)
  const directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-heroku-cli-'))
  const results: Result[] = []
  const logFile = path.join(directory, 'emulator.log')
  try {
    await withEmulatorProcess(path.join(directory, 'state'), logFile, async ({ environment }) => {
      await runParts(await createWorld(directory, heroku, environment), results)
    })
    const all = [...results, ...missingResults(results)]
    const failed = all.filter(({ problem }) => problem !== undefined)
    say(`heroku ${herokuVersion} against the emulator`)
    print(all)
    if (failed.length > 0) say(`\nWhat the emulator said last:\n${await lastLines(logFile)}`)
    say(`\n${all.length - failed.length} passed, ${failed.length} failed`)
    return failed.length === 0
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-30).join('\n')
}

process.exitCode = (await main()) ? 0 : 1
