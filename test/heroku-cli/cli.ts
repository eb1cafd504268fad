import { execFile } from 'node:child_process'
import type { World } from './world.ts'

/** One command, checked: what it was, how long it took, and what was wrong with it. */
export interface Result {
  readonly command: string
  readonly seconds: number
  readonly problem: string | undefined
}

export interface Expectation {
  /** Default 0. */
  readonly exitCode?: number
  /** For a command that goes on for ever: Ctrl-C is pressed when it has printed this. Its exit code is not looked at. */
  readonly until?: RegExp
  /** What a person reads, standard output and error together. */
  readonly prints?: readonly RegExp[]
  /** What the command writes to its standard input. Default: nothing. */
  readonly input?: string
  /** Throws when the command did not do to the emulator what it should have. */
  readonly effect?: (output: string) => Promise<void> | void
}

/** Runs `heroku` with the arguments and records whether it did what is expected. Never rejects. */
export type Check = (name: string, args: readonly string[], expected: Expectation) => Promise<void>

/** Checks that record their results in `results`. A command of git's, `git push`, is run as it stands. */
export function createCheck(world: World, results: Result[]): Check {
  return async (name, args, expected) => {
    const start = performance.now()
    const problem = await findProblem(world, name, args, expected)
    results.push({ command: name, seconds: (performance.now() - start) / 1000, problem })
  }
}

async function findProblem(
  world: World,
  name: string,
  args: readonly string[],
  expected: Expectation,
): Promise<string | undefined> {
  const program = name.startsWith('git ') ? 'git' : 'heroku'
  const { exitCode, output } = await run(world, program, args, expected)
  const quoted = output.trim().replace(/^/gm, '    ')
  const ended = expected.until?.test(output) ?? exitCode === (expected.exitCode ?? 0)
  if (!ended) return `ended with ${exitCode}:\n${quoted}`
  const missing = (expected.prints ?? []).filter((pattern) => !pattern.test(output))
  if (missing.length > 0) return `did not print ${missing.join(' and ')}:\n${quoted}`
  try {
    await expected.effect?.(output)
    return undefined
  } catch (error) {
    return `printed\n${quoted}\n  but ${error instanceof Error ? error.message : String(error)}`
  }
}

/** No command of a person's takes longer, seconds. */
const deadline = 120

function run(
  world: World,
  program: string,
  args: readonly string[],
  { input = '', until }: Expectation,
): Promise<{ exitCode: number | string; output: string }> {
  const options = { cwd: world.repository, env: world.environment, timeout: deadline * 1000 }
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : (error.code ?? error.signal ?? 'no exit code')
      resolve({ exitCode, output: stdout + stderr })
    })
    let seen = ''
    child.stdout?.on('data', (chunk: string) => {
      seen += chunk
      if (until?.test(seen) === true) child.kill('SIGINT')
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
