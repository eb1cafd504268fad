import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { systemReason, UsageError } from '../../src/errors.ts'
import type { LockMode } from '../../src/safety/effect.ts'

const names = z.array(z.string()).default([])

const truth = z.object({
  /** The major version of the Postgres that ran it. */
  executed_on: z.number().optional(),
  outcome: z.string(),
  error: z.string().optional(),
  error_code: z.string().optional(),
  /** By relation: 'AccessExclusiveLock'. */
  locks: z.record(z.string(), z.string()).default({}),
  rewrite: z.boolean().default(false),
  rewritten: names,
  index_rebuild: names,
  scan: z.boolean().default(false),
  scanned: names,
  scan_under_lock: z.boolean().default(false),
  /** Work that others wait for, and the locks that make them wait. */
  blocking: z
    .array(z.object({ kind: z.string(), rel: z.string(), under: z.record(z.string(), z.string()) }))
    .default([]),
  breaks_old_code: z.boolean().default(false),
  breaks: names,
  breaks_on_conflict: names,
  loses_data: z.boolean().default(false),
  data: names,
  /** The last transaction is never ended. */
  left_open: z.boolean().default(false),
  /** Statements that refuse a transaction. */
  non_transactional: names,
  unsafe: z.boolean(),
  why: z.string().default(''),
})

/** What a real Postgres did. */
export type Truth = z.infer<typeof truth>

const untold = z.object({
  id: z.string(),
  /** Where the statement is from. */
  source: z.string().default(''),
  setup_sql: z.string().nullish(),
  sql: z.string(),
  in_transaction: z.boolean().default(false),
})

/** A case of which nobody has looked yet what Postgres does with it. */
export type UntoldCase = z.infer<typeof untold>

const caseSchema = untold.extend({ truth })

/** A migration with the schema that it runs on, and what a real Postgres did with it. */
export type Case = z.infer<typeof caseSchema>

/** Reads cases, one JSON object per line. UsageError for a file that is not there or holds something else. */
export function readCases(path: string): Promise<Case[]> {
  return readLines(path, caseSchema)
}

/** The same, whether or not they have a truth. */
export function readUntoldCases(path: string): Promise<UntoldCase[]> {
  return readLines(path, untold)
}

async function readLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`The cases ${path} cannot be read: ${systemReason(cause)}.`, { cause })
  })
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [schema.parse(JSON.parse(line))]
    } catch (cause) {
      throw new UsageError(`Line ${index + 1} of ${path} is no case.`, { cause })
    }
  })
}

/** 'AccessExclusiveLock' is ACCESS EXCLUSIVE. */
export function lockMode(name: string): LockMode {
  const words = name.replace(/Lock$/, '').replace(/([a-z])([A-Z])/g, '$1 $2')
  return words.toUpperCase() as LockMode
}

/** Cases by their schema, in their order: those of one schema share a database. */
export function bySetup<T extends UntoldCase>(cases: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of cases) {
    const setup = one.setup_sql ?? ''
    groups.set(setup, [...(groups.get(setup) ?? []), one])
  }
  return groups
}
