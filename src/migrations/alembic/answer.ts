import { z } from 'zod'
import type { PendingMigration } from '../types.ts'

const told = z.object({
  table: z.string(),
  eachInItsTransaction: z.boolean(),
  applied: z.array(z.string()),
  missing: z.array(z.string()),
  problems: z.array(z.string()),
  parents: z.record(z.string(), z.array(z.string())),
  waysBack: z.record(z.string(), z.string().nullable()),
  pending: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      file: z.string(),
      sql: z.string().nullable(),
      transaction: z.boolean(),
      opaque: z.string().nullable(),
      reverse: z.object({ available: z.boolean(), sql: z.string().nullable(), transaction: z.boolean() }),
    }),
  ),
})

/** What the script tells of a project's revisions. */
export function readAnswer(answer: unknown) {
  const { pending, ...rest } = told.parse(answer)
  return { ...rest, pending: pending.map(describe) }
}

function describe({ opaque, ...entry }: z.output<typeof told>['pending'][number]): PendingMigration {
  const reason = opaque === null ? {} : { opaque: opaque }
  return { ...entry, sqlLine: 1, singleQuery: false, generated: true, ...reason }
}
