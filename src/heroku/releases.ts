import { z } from 'zod'
import { PreconditionError } from '../errors.ts'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'

export interface Release {
  readonly id: string
  /** The number of vN; it only rises. */
  readonly version: number
  readonly status: 'pending' | 'succeeded' | 'failed' | 'expired'
  /** Exactly one release of an app is; a pending or failed one never is. */
  readonly current: boolean
  readonly description: string
  readonly slugId: string | null
  /** Only where a release command runs. */
  readonly outputStreamUrl: string | null
  readonly createdAt: string
}

const release = z
  .object({
    id: z.string(),
    version: z.number().int(),
    status: z.enum(['pending', 'succeeded', 'failed', 'expired']),
    current: z.boolean(),
    description: z.string(),
    slug: z.object({ id: z.string() }).nullish(),
    output_stream_url: z.string().nullish(),
    created_at: z.string(),
  })
  .transform((body): Release => ({
    id: body.id,
    version: body.version,
    status: body.status,
    current: body.current,
    description: body.description,
    slugId: body.slug?.id ?? null,
    outputStreamUrl: body.output_stream_url ?? null,
    createdAt: body.created_at,
  }))

/** Enough for one call in the normal case; apps keep releases for years. */
const pageSize = 50

/** The release that the app runs. PreconditionError for an app that was never released. */
export async function currentRelease(client: HerokuClient, app: string): Promise<Release> {
  const found = (await newestUntil(client, app, (item) => item.current)).find((item) => item.current)
  if (!found) throw new PreconditionError(`The app "${app}" has no current release.`)
  return found
}

/** The newest releases, newest first. */
export async function listReleases(
  client: HerokuClient,
  app: string,
  { newest }: { readonly newest: number },
): Promise<Release[]> {
  const items = await client.list(appPath(app, 'releases'), {
    item: release,
    range: `version ..; max=${String(Math.min(newest, 1000))}, order=desc`,
    enough: (read) => read.length >= newest,
  })
  return items.sort(newestFirst).slice(0, newest)
}

/** The releases with a higher version, newest first. */
export async function releasesAfter(client: HerokuClient, app: string, version: number): Promise<Release[]> {
  const items = await newestUntil(client, app, (item) => item.version <= version)
  return items.filter((item) => item.version > version)
}

export async function getRelease(
  client: HerokuClient,
  app: string,
  idOrVersion: string | number,
): Promise<Release> {
  return client.request('GET', appPath(app, 'releases', String(idOrVersion)), { expect: release })
}

/**
 * Makes a new release with the slug and the config vars of an earlier one. `after` is the newest version before the call:
 * a roll-back to the same release that is newer than that is taken for ours when an answer was lost.
 */
export async function rollBackTo(
  client: HerokuClient,
  app: string,
  target: Release,
  { after }: { readonly after: number },
): Promise<Release> {
  const description = `Rollback to v${String(target.version)}`
  return client.request('POST', appPath(app, 'releases'), {
    body: { release: target.id },
    expect: release,
    repeat: { find: () => findNewer(client, app, after, (item) => item.description === description) },
  })
}

/**
 * Releases a slug that exists already: the second release of a commit, which no push can make. `after` as with rollBackTo.
 */
export async function releaseSlug(
  client: HerokuClient,
  app: string,
  slugId: string,
  options: { readonly after: number; readonly description?: string },
): Promise<Release> {
  const { after, description } = options
  return client.request('POST', appPath(app, 'releases'), {
    body: { slug: slugId, ...(description === undefined ? {} : { description }) },
    expect: release,
    repeat: { find: () => findNewer(client, app, after, (item) => item.slugId === slugId) },
  })
}

async function findNewer(
  client: HerokuClient,
  app: string,
  after: number,
  matches: (item: Release) => boolean,
): Promise<Release | undefined> {
  return (await releasesAfter(client, app, after)).find(matches)
}

async function newestUntil(
  client: HerokuClient,
  app: string,
  reached: (item: Release) => boolean,
): Promise<Release[]> {
  const items = await client.list(appPath(app, 'releases'), {
    item: release,
    range: `version ..; max=${String(pageSize)}, order=desc`,
    enough: (read) => read.some(reached),
  })
  return items.sort(newestFirst)
}

function newestFirst(one: Release, other: Release): number {
  return other.version - one.version
}
