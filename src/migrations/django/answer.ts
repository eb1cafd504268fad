import { z } from 'zod'
import { joinQueries } from '../queries.ts'
import type { PendingMigration } from '../types.ts'

const written = z.object({ code: z.string(), imports: z.array(z.string()) }).nullable()
const names = z.record(z.string(), written)

const table = z.object({
  model: z.string(),
  fields: z.record(z.string(), z.string()),
  states: z.record(
    z.string(),
    z.object({
      field: written,
      preserveDefault: z.boolean(),
      added: z.boolean(),
      sql: z.string().nullable(),
    }),
  ),
  indexes: names,
  constraints: names,
  together: z.array(z.object({ columns: z.array(z.array(z.string())), value: written })),
})

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
      models: z.record(z.string(), table).optional(),
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
