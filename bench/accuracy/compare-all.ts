import { withConnection } from '../../src/postgres/connection.ts'
import type { Scratch } from '../observe/scratch.ts'
import { bySetup, type Case } from './case.ts'
import { compare, measures, readSchema, type Comparison } from './judge-case.ts'

/** Judges cases against their schemas, made on a real Postgres, and compares with their truth. */
export async function compareAll(cases: readonly Case[], scratch: Scratch): Promise<Comparison[]> {
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
