import { z } from 'zod'
import { joinQueries } from '../queries.ts'
import type { PendingMigration } from '../types.ts'
import type { DjangoModels } from './models.ts'

/** A pending migration has a line of its own, as soon as it is known. */
const part = z.object({
  pending: z
    .object({
      app: z.string(),
      name: z.string(),
      file: z.string(),
      atomic: z.boolean(),
      /** What is sent text by text. */
      sql: z.array(z.string()).nullable(),
      opaque: z.string().nullable(),
      reversible: z.boolean(),
      searchPath: z.array(z.string()).optional(),
      // As large as all of the rest together, and made by the script itself.
      models: z.custom<DjangoModels>().optional(),
    })
    .optional(),
})

const rest = z.object({
  version: z.tuple([z.number(), z.number()]),
  alias: z.string(),
  applied: z.array(z.string()),
  missing: z.array(z.string()),
  problems: z.array(z.string()),
  parents: z.record(z.string(), z.array(z.string())),
})

/** The migration that a line of the answer tells. The last line tells none. */
export function readPending(line: unknown): PendingMigration | undefined {
  const { pending } = part.parse(line)
  if (pending === undefined) return undefined
  const { app, name, file, atomic, sql, opaque, reversible, searchPath, models } = pending
  return {
    id: `${app}.${name}`,
    name,
    file,
    ...joinQueries(sql),
    sqlLine: 1,
    transaction: atomic,
    generated: true,
    ...(searchPath === undefined ? {} : { searchPath }),
    ...(models === undefined ? {} : { models }),
    ...(opaque === null ? {} : { opaque }),
    reverse: { available: reversible, sql: null, transaction: atomic },
  }
}

/** What the last line tells. */
export const readRest = (line: unknown) => rest.parse(line)
