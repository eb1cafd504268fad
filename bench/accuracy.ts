import { compareAll } from './accuracy/compare-all.ts'
import { readCases, type Case } from './accuracy/case.ts'
import { ruleCases } from './accuracy/rule-cases.ts'
import { bound, describeDisagreements, describeScores, scores, share } from './accuracy/score.ts'
import type { Comparison } from './accuracy/judge-case.ts'
import { readWords, runTool } from './command-line.ts'
import { observeAll } from './observe/observe-all.ts'
import { withScratch } from './observe/scratch.ts'
import { installPostgres, majorVersions } from './postgres-versions.ts'

const usage = `Usage: npm run accuracy -- [--verbose] [--postgres VERSION | --every-version] [CASES]

Compares the judgement of cases with what a real Postgres did. Ends with 1 when a figure is below its bound or a case cannot
be set up.`

interface Words {
  readonly verbose: boolean
  readonly everyVersion: boolean
  /** The version that was asked for. */
  readonly version: number | null
  readonly path: string
}

function read(): Words {
  const { values, file } = readWords({
    verbose: { type: 'boolean', default: false },
    'every-version': { type: 'boolean', default: false },
    postgres: { type: 'string' },
  })
  return {
    verbose: values.verbose,
    everyVersion: values['every-version'],
    version: values.postgres === undefined ? null : Number(values.postgres),
    path: file ?? 'test/accuracy/cases.jsonl',
  }
}

async function main(words: Words): Promise<number> {
  const cases = await readCases(words.path)
  return words.everyVersion ? everyVersion(cases, words) : oneVersion(cases, words)
}

/** The version that saw the truth of the cases, unless another is asked for. */
const usual = 15

async function oneVersion(cases: readonly Case[], words: Words): Promise<number> {
  const version = words.version ?? usual
  const binaries = await installPostgres(version).catch((error: unknown) => {
    if (words.version !== null) throw error
    print(`Postgres ${version} cannot be installed: the schemas are made on the version at hand.`)
    return undefined
  })
  const comparisons = await withScratch((scratch) => compareAll(cases, scratch), binaries)
  print(`${cases.length} cases of ${words.path}${binaries === undefined ? '' : ` on Postgres ${version}`}`)
  return report(comparisons, words)
}

/** Finds the truth of the cases and of the rules' examples anew on each version, and compares with what is judged for that version. */
async function everyVersion(cases: readonly Case[], words: Words): Promise<number> {
  let worst = 0
  for (const version of majorVersions) {
    const untold = [...ruleCases(), ...cases]
    const comparisons = await withScratch(
      async (scratch) => {
        const truths = await observeAll(untold, scratch)
        const told = untold.flatMap((given) => {
          const truth = truths.get(given.id)
          return typeof truth === 'object' ? [{ ...given, truth }] : []
        })
        print(`Postgres ${version}: ${told.length} of ${untold.length} cases can be set up`)
        return compareAll(told, scratch)
      },
      await installPostgres(version),
    )
    worst = Math.max(worst, report(comparisons, words))
  }
  return worst
}

function report(comparisons: readonly Comparison[], { verbose }: Words): number {
  if (verbose) for (const line of describeDisagreements(comparisons)) print(line)
  const all = scores(comparisons)
  print(describeScores(all))
  const failed = comparisons.filter(({ failure }) => failure !== null)
  if (failed.length > 0)
    print(`Not set up on this version of Postgres: ${failed.map((one) => one.case.id).join(', ')}`)
  return failed.length === 0 && all.every((score) => share(score) >= bound) ? 0 : 1
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await runTool(usage, () => main(read()))
