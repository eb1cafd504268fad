import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'
import { followOutput } from './follow-output.ts'
import { uploadSource } from './source-upload.ts'
import { waitFor } from './wait.ts'

export interface Build {
  readonly id: string
  readonly status: 'pending' | 'succeeded' | 'failed'
  readonly outputStreamUrl: string | null
  /** What it is built from, as the one who started it said. */
  readonly commit: string | null
  readonly slugId: string | null
  /** Appears once a release was made; a build that succeeded says nothing about its release. */
  readonly releaseId: string | null
  readonly createdAt: string
}

const build = z
  .object({
    id: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed']),
    output_stream_url: z.string().nullish(),
    source_blob: z.object({ version: z.string().nullish() }).nullish(),
    slug: z.object({ id: z.string() }).nullish(),
    release: z.object({ id: z.string() }).nullish(),
    created_at: z.string(),
  })
  .transform((body): Build => ({
    id: body.id,
    status: body.status,
    outputStreamUrl: body.output_stream_url ?? null,
    commit: body.source_blob?.version ?? null,
    slugId: body.slug?.id ?? null,
    releaseId: body.release?.id ?? null,
    createdAt: body.created_at,
  }))

/** Platform seconds between two looks at the status. */
const pollInterval = 2

/** The newest builds, newest first. Those that a push made are among them. */
export async function listBuilds(
  client: HerokuClient,
  app: string,
  { newest = 20 }: { readonly newest?: number } = {},
): Promise<Build[]> {
  const items = await client.list(appPath(app, 'builds'), {
    item: build,
    range: `started_at ..; max=${String(newest)}, order=desc`,
    enough: (read) => read.length >= newest,
  })
  return items.sort((one, other) => other.createdAt.localeCompare(one.createdAt)).slice(0, newest)
}

export async function getBuild(client: HerokuClient, app: string, id: string): Promise<Build> {
  return client.request('GET', appPath(app, 'builds', id), { expect: build })
}

/**
 * Uploads a source tarball (gzip) and starts a build of it. `version` is the commit. When an answer is lost, a build of the
 * same version that was not there before is taken for ours.
 */
export async function createSourceBuild(
  client: HerokuClient,
  app: string,
  source: { readonly tarball: Buffer | string; readonly version: string },
): Promise<Build> {
  const before = new Set((await listBuilds(client, app)).map((item) => item.id))
  const uploaded = await uploadSource(client, source.tarball)
  return client.request('POST', appPath(app, 'builds'), {
    body: { source_blob: { url: uploaded.url, version: source.version, checksum: uploaded.checksum } },
    expect: build,
    repeat: {
      find: async () =>
        (await listBuilds(client, app)).find(
          (item) => !before.has(item.id) && item.commit === source.version,
        ),
    },
  })
}

export interface WaitForBuildOptions {
  /** Platform seconds. Heroku ends a build after 15 minutes. */
  readonly deadline: number
  readonly onOutput?: (text: string) => void
  readonly signal?: AbortSignal
}

/** Waits until a build is no longer pending and returns it: its status says whether it succeeded. */
export async function waitForBuild(
  client: HerokuClient,
  app: string,
  id: string,
  options: WaitForBuildOptions,
): Promise<Build> {
  const output = followOutput(client, { ...options, what: 'the build' })
  try {
    const ended = await waitFor(client, {
      what: `the build ${id} of ${app} to end`,
      deadline: options.deadline,
      every: pollInterval,
      look: () => getBuild(client, app, id),
      done: (seen) => {
        if (seen.outputStreamUrl) output.start(seen.outputStreamUrl)
        return seen.status !== 'pending'
      },
      describe: (seen) => `it is still ${seen.status}`,
      signal: options.signal,
    })
    await output.drain()
    return ended
  } finally {
    await output.stop()
  }
}
