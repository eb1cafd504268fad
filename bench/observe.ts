import { writeFile } from 'node:fs/promises'
import { UsageError } from '../src/errors.ts'
import { readCases, readUntoldCases, type Case } from './accuracy/case.ts'
import { readWords, runTool } from './command-line.ts'
import { describeDifferences } from './observe/differences.ts'
import { observeAll, type Truths } from './observe/observe-all.ts'
import { withScratch } from './observe/scratch.ts'
import { installPostgres } from './postgres-versions.ts'

const usage = `Usage: npm run observe -- [--postgres VERSION] [--compare] CASES

Runs the cases of a file on a real Postgres and writes down in it what each did. --compare writes nothing: it says
where what it saw differs from what the file says.`

/** Finds out what a real Postgres does with cases. Ends with 1 when a comparison differs or a schema cannot be made. */
async function main(): Promise<number> {
  const { values, file: path } = readWords({
    compare: { type: 'boolean', default: false },
    postgres: { type: 'string', default: '15' },
  })
  if (path === undefined) throw new UsageError('No file of cases is named.')
  const version = Number(values.postgres)
  const cases = await readUntoldCases(path)
  const truths = await withScratch((scratch) => observeAll(cases, scratch), await installPostgres(version))
  const failures = [...truths].flatMap(([id, truth]) =>
    typeof truth === 'string' ? [`${id}: ${truth}`] : [],
  )
  for (const failure of failures) print(failure)
  if (values.compare) return compare(await readCases(path), truths)
  const told = cases.map((given) => {
    const truth = truths.get(given.id)
    return typeof truth === 'object' ? { ...given, truth } : given
  })
  await writeFile(path, told.map((one) => `${JSON.stringify(one)}\n`).join(''))
  print(`${cases.length - failures.length} of ${cases.length} cases observed on Postgres ${version}: ${path}`)
  return failures.length === 0 ? 0 : 1
}

function compare(cases: readonly Case[], truths: Truths): number {
  const { lines, differences } = describeDifferences(
    cases.flatMap((given) => {
      const truth = truths.get(given.id)
      return typeof truth === 'object' ? [{ given, truth }] : []
    }),
  )
  for (const line of lines) print(line)
  return differences === 0 ? 0 : 1
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await runTool(usage, main)
