import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'

export interface Slug {
  readonly id: string
  /** What it was built from: the one reliable way to learn what a release runs. null when nobody said. */
  readonly commit: string | null
  /** The Procfile: command by process type. */
  readonly processTypes: Readonly<Record<string, string>>
}

const slug = z
  .object({
    id: z.string(),
    commit: z.string().nullish(),
    process_types: z.record(z.string(), z.string()),
  })
  .transform((body): Slug => ({ id: body.id, commit: body.commit ?? null, processTypes: body.process_types }))

/** HerokuApiError 404 for a slug that Heroku has pruned: its release cannot be rolled back to. */
export async function getSlug(client: HerokuClient, app: string, id: string): Promise<Slug> {
  return client.request('GET', appPath(app, 'slugs', id), { expect: slug })
}
