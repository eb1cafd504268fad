import { startPostgres } from '../test/support/postgres.ts'
import { withConnection } from '../src/postgres/connection.ts'
import { readCases, type Case } from './accuracy/case.ts'
import { compare, measures, readSchema, type Comparison } from './accuracy/judge-case.ts'
import { bound, describeDisagreements, describeScores, scores, share } from './accuracy/score.ts'

/**
 * Compares the judgement with what a real Postgres did: `accuracy [--verbose] [CASES]`. Ends with 1 when a figure is below its bound,
 * with 2 when a case cannot be set up.
 */
async function main(words: readonly string[]): Promise<number> {
  const verbose = words.includes('--verbose')
  const path = words.find((word) => !word.startsWith('-')) ?? 'test/accuracy/cases.jsonl'
  const comparisons = await compareAll(await readCases(path))
  if (verbose) for (const line of describeDisagreements(comparisons)) print(line)
  const all = scores(comparisons)
  const failed = comparisons.filter(({ failure }) => failure !== null)
  print(`${comparisons.length} cases of ${path}`)
  print(describeScores(all))
  if (failed.length > 0)
    print(`Not set up on this version of Postgres: ${failed.map((c) => c.case.id).join(', ')}`)
  return all.every((score) => share(score) >= bound) ? 0 : 1
}

async function compareAll(cases: readonly Case[]): Promise<Comparison[]> {
  const server = await startPostgres({ shared_preload_libraries: 'pg_stat_statements' })
  try {
    const groups = new Map<string, Case[]>()
    for (const one of cases)
      groups.set(one.setup_sql ?? '', [...(groups.get(one.setup_sql ?? '') ?? []), one])
    const comparisons: Comparison[] = []
    for (const [setup, group] of groups) {
      comparisons.push(...(await compareGroup(await server.createDatabase(), setup, group)))
    }
    return comparisons.sort((a, b) => a.case.id.localeCompare(b.case.id))
  } finally {
    await server.close()
  }
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
