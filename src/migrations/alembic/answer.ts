import { z } from 'zod'
import { joinQueries } from '../queries.ts'
import type { PendingMigration } from '../types.ts'

const told = z.object({
  table: z.string(),
  eachInItsTransaction: z.boolean(),
  namingConvention: z.boolean(),
  applied: z.array(z.string()),
  missing: z.array(z.string()),
  problems: z.array(z.string()),
  parents: z.record(z.string(), z.array(z.string())),
  /** Null without a database. */
  searchPath: z.array(z.string()).nullable(),
  waysBack: z.record(z.string(), z.string().nullable()),
  pending: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      file: z.string(),
      /** What is sent text by text. */
      sql: z.array(z.string()).nullable(),
      transaction: z.boolean(),
      opaque: z.string().nullable(),
      reverse: z.object({ available: z.boolean(), sql: z.string().nullable(), transaction: z.boolean() }),
    }),
  ),
})

/** What the script tells of a project's revisions. */
export function readAnswer(answer: unknown) {
  const { pending, searchPath, ...rest } = told.parse(answer)
  const [first, ...others] = pending.map(describe)
  const session = searchPath === null ? {} : { searchPath }
  return { ...rest, pending: first === undefined ? [] : [{ ...first, ...session }, ...others] }
}

function describe({ opaque, sql, ...entry }: z.output<typeof told>['pending'][number]): PendingMigration {
  const reason = opaque === null ? {} : { opaque }
  return { ...entry, ...joinQueries(sql), sqlLine: 1, generated: true, ...reason }
}
