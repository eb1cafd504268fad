import { z } from 'zod'

// A tag is the name of a file: it leads nowhere else.
const tag = z.string().regex(/^[^/\\\0]+$/)
const journal = z.object({ entries: z.array(z.object({ tag, when: z.number() })) })

/** A migration of Drizzle: the name of its file, and when it was made, in milliseconds. */
export type Entry = z.output<typeof journal>['entries'][number]

/** The entries of a meta/_journal.json. Throws for what is none. */
export function parseJournal(text: string): Entry[] {
  return journal.parse(JSON.parse(text)).entries
}
