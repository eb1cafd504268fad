import { z } from 'zod'
import { PreconditionError } from '../errors.ts'
import type { PendingMigration } from './types.ts'

const line = z.strictObject({
  id: z.string().min(1),
  name: z.string().default(''),
  file: z.string().default(''),
  sql: z.string().nullable().default(null),
  transaction: z.boolean().default(true),
  applied: z.boolean().default(false),
  missing: z.boolean().default(false),
  reverse: z.union([z.boolean(), z.string()]).default(false),
})

const longestShown = 200 // characters

/** A line of what migrations.custom.pending prints. PreconditionError for what is none; `clean` frees that of secrets. */
export function parseLine(text: string, clean: (text: string) => string): z.output<typeof line> {
  const checked = line.safeParse(parseJson(text))
  if (checked.success) return checked.data
  // Never cut: nobody would recognise a part of a secret.
  const shown = text.length > longestShown ? `a line of ${text.length} characters` : clean(text)
  const known = Object.keys(line.shape)
  const unknown = checked.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  )
  const [key] = unknown.map(clean)
  throw new PreconditionError(
    key === undefined
      ? `migrations.custom.pending has to print JSON objects with an id, one to a line, and printed: ${shown}`
      : `migrations.custom.pending printed an object with the key ${key}. Its keys can be: ${known.join(', ')}.`,
  )
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The pending migration that such a line is about. */
export function describe({
  id,
  name,
  file,
  sql,
  transaction,
  reverse: back,
}: z.output<typeof line>): PendingMigration {
  return {
    id,
    name,
    file: file === '' ? id : file,
    sql,
    sqlLine: 1,
    // A file of code has other lines than what it sends.
    ...(sql === null || file === '' || /\.sql$/i.test(file) ? {} : { generated: true }),
    ...(sql === null ? { opaque: 'The command that lists it does not tell its statements.' } : {}),
    transaction,
    singleQuery: false,
    reverse: { available: back !== false, sql: typeof back === 'string' ? back : null, transaction },
  }
}
