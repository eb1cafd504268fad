import { writeFileSync } from 'node:fs'
import { UsageError } from '../../src/errors.ts'
import { readWords, runTool } from '../command-line.ts'
import { fuzz, type FuzzResult } from './fuzz.ts'
import { textOf, tryInput } from './try-input.ts'

const usage = `Usage: npm run fuzz -- [--seed NUMBER] [--count NUMBER] [--only NUMBER] [--output FILE]

Feeds the judgement what is no SQL, and what hardly is. --only tries one input of a seed again and shows it; --output
writes the result as JSON. Ends with 1 when an input fails or the memory grows.`

/** Bytes by which a thread may have grown at the end: caches that fill late, not a leak. */
const allowedGrowth = 20_000_000

async function main(): Promise<number> {
  const { values, file } = readWords({
    seed: { type: 'string' },
    count: { type: 'string', default: '100000' },
    only: { type: 'string' },
    output: { type: 'string' },
  })
  if (file !== undefined) throw new UsageError(`${file} is not asked for: inputs are made up.`)
  const seed = readNumber('seed', values.seed ?? String(Math.floor(Date.now() / 1000) % 1_000_000))
  if (values.only !== undefined) {
    const only = readNumber('only', values.only)
    print(textOf(seed, only))
    await tryInput(seed, only)
    return 0
  }
  const count = readNumber('count', values.count)
  print(`fuzz: seed ${seed}, ${count} inputs`)
  const start = performance.now()
  const program = new URL('./worker.js', import.meta.url)
  const result = await fuzz({ seed, count, workers: 2, deadline: 30_000, program })
  if (values.output !== undefined) {
    const { done, failures } = result
    writeFileSync(values.output, JSON.stringify({ seed, count, done, failures: failures.length }))
  }
  return judgeResult(result, { seed, count, seconds: (performance.now() - start) / 1000 }) ? 0 : 1
}

function readNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} takes a number, and ${text} is none.`)
  return Number(text)
}

function judgeResult(
  { done, failures, memory }: FuzzResult,
  { seed, count, seconds }: { readonly seed: number; readonly count: number; readonly seconds: number },
): boolean {
  for (const failure of failures) print(failure)
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  for (const { first, last } of memory)
    print(`  memory in use   ${megabytes(first)} MB after a fifth, ${megabytes(last)} MB at the end`)
  const grown = memory.some(({ first, last }) => last - first > allowedGrowth)
  if (grown) print(`  memory grew by more than ${megabytes(allowedGrowth)} MB`)
  print(
    `fuzz: seed ${seed}, ${done} of ${count} inputs in ${seconds.toFixed(0)} s, ${failures.length} failures`,
  )
  return done === count && failures.length === 0 && !grown
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await runTool(usage, main)
