import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { LockMode } from '../../src/safety/effect.ts'

const truth = z.object({
  /** The major version of the Postgres that ran it. */
  executed_on: z.number().optional(),
  outcome: z.string(),
  /** By relation: 'AccessExclusiveLock'. */
  locks: z.record(z.string(), z.string()).default({}),
  rewrite: z.boolean().default(false),
  scan: z.boolean().default(false),
  breaks_old_code: z.boolean().default(false),
  unsafe: z.boolean(),
})

const caseSchema = z.object({
  id: z.string(),
  setup_sql: z.string().nullish(),
  sql: z.string(),
  in_transaction: z.boolean().default(false),
  truth,
})

/** A migration with the schema that it runs on, and what a real Postgres did with it. */
export type Case = z.infer<typeof caseSchema>

/** Reads cases, one JSON object per line. */
export async function readCases(path: string): Promise<Case[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => caseSchema.parse(JSON.parse(line)))
}

/** 'AccessExclusiveLock' is ACCESS EXCLUSIVE. */
export function lockMode(name: string): LockMode {
  const words = name.replace(/Lock$/, '').replace(/([a-z])([A-Z])/g, '$1 $2')
  return words.toUpperCase() as LockMode
}
