import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzz, type FuzzResult } from './fuzz.ts'
import { textOf, tryInput } from './try-input.ts'

const defaultCount = 100_000
/** Bytes by which a thread may have grown at the end: caches that fill late, not a leak. */
const allowedGrowth = 20_000_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    /** One input again, in this thread, with its text. */
    only: { type: 'string' },
    /** A file for the result as JSON. */
    output: { type: 'string' },
  },
})

const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000)

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function judgeResult({ done, failures, memory }: FuzzResult, count: number, seconds: number): boolean {
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

function writeResult({ done, failures }: FuzzResult, count: number): void {
  if (values.output === undefined) return
  writeFileSync(values.output, JSON.stringify({ seed, count, done, failures: failures.length }))
}

if (values.only !== undefined) {
  print(textOf(seed, Number(values.only)))
  await tryInput(seed, Number(values.only))
} else {
  const count = Number(values.count ?? defaultCount)
  print(`fuzz: seed ${seed}, ${count} inputs`)
  const start = performance.now()
  const program = new URL('./worker.js', import.meta.url)
  const result = await fuzz({ seed, count, workers: 2, deadline: 30_000, program })
  writeResult(result, count)
  if (!judgeResult(result, count, (performance.now() - start) / 1000)) process.exitCode = 1
}
