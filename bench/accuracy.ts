import { withConnection } from '../src/postgres/connection.ts'
import { bySetup, readCases, type Case } from './accuracy/case.ts'
import { compare, measures, readSchema, type Comparison } from './accuracy/judge-case.ts'
import { withScratch, type Scratch } from './observe/scratch.ts'
import { installPostgres } from './postgres-versions.ts'
import { bound, describeDisagreements, describeScores, scores, share } from './accuracy/score.ts'

/**
 * Compares the judgement with what a real Postgres did: `accuracy [--verbose] [--postgres VERSION] [CASES]`. Ends with 1 when a figure is
 * below its bound or a case cannot be set up.
 */
async function main(words: readonly string[]): Promise<number> {
  const verbose = words.includes('--verbose')
  const at = words.indexOf('--postgres')
  const version = at < 0 ? 15 : Number(words[at + 1])
  const path =
    words.find((word, index) => !word.startsWith('-') && (at < 0 || index !== at + 1)) ??
    'test/accuracy/cases.jsonl'
  const cases = await readCases(path)
  const binaries = await installPostgres(version).catch((error: unknown) => {
    if (at >= 0) throw error
    print(`Postgres ${version} cannot be installed: the schemas are made on the version at hand.`)
    return undefined
  })
  const comparisons = await withScratch((scratch) => compareAll(cases, scratch), binaries)
  if (verbose) for (const line of describeDisagreements(comparisons)) print(line)
  const all = scores(comparisons)
  const failed = comparisons.filter(({ failure }) => failure !== null)
  print(`${comparisons.length} cases of ${path}${binaries === undefined ? '' : ` on Postgres ${version}`}`)
  print(describeScores(all))
  if (failed.length > 0)
    print(`Not set up on this version of Postgres: ${failed.map((c) => c.case.id).join(', ')}`)
  return failed.length === 0 && all.every((score) => share(score) >= bound) ? 0 : 1
}

async function compareAll(cases: readonly Case[], scratch: Scratch): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [setup, group] of bySetup(cases)) {
    const compared = await scratch.withDatabases(async (create) => compareGroup(await create(), setup, group))
    comparisons.push(...compared)
  }
  return comparisons.sort((a, b) => a.case.id.localeCompare(b.case.id))
}

/** The cases of one schema share a database: a judgement changes nothing. */
async function compareGroup(url: string, setup: string, group: readonly Case[]): Promise<Comparison[]> {
  return withConnection(url, async (client) => {
    try {
      await client.query('create extension if not exists pg_stat_statements')
      await client.query(setup)
    } catch (error) {
      return group.map((one) => notSetUp(one, String(error)))
    }
    const schema = await readSchema(client)
    const comparisons: Comparison[] = []
    for (const one of group) comparisons.push(await compare(one, schema))
    return comparisons
  })
}

function notSetUp(one: Case, failure: string): Comparison {
  const none = Object.fromEntries(measures.map((measure) => [measure, null]))
  return {
    case: one,
    failure,
    unsafe: { expected: one.truth.unsafe, judged: false },
    differences: none as Comparison['differences'],
    reasons: [],
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await main(process.argv.slice(2))
