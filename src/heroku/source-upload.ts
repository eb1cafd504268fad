import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { HerokuClient } from './client.ts'
import { repeatUntilAnswered } from './repeat.ts'
import { errorFrom } from './answer.ts'

const source = z.object({ source_blob: z.object({ get_url: z.string(), put_url: z.string() }) })

/** Platform seconds for all attempts at the upload. */
const uploadDeadline = 300

export interface UploadedSource {
  /** What a build takes. */
  readonly url: string
  readonly checksum: string
}

/** Puts a tarball (its bytes, or its path) where a build can fetch it. */
export async function uploadSource(client: HerokuClient, tarball: Buffer | string): Promise<UploadedSource> {
  const bytes = typeof tarball === 'string' ? await readFile(tarball) : tarball
  // A second source is an unused address and nothing more.
  const { source_blob: blob } = await client.request('POST', '/sources', { expect: source, repeat: 'safe' })
  await putSource(client, blob.put_url, bytes)
  return { url: blob.get_url, checksum: `SHA256:${createHash('sha256').update(bytes).digest('hex')}` }
}

/** The address is signed: it takes no key, and storage refuses a content type that was not signed with it. */
async function putSource(client: HerokuClient, url: string, bytes: Buffer): Promise<void> {
  const call = {
    method: 'PUT' as const,
    path: ' of the source',
    deadline: client.timing.deadline(uploadDeadline),
    timing: client.timing,
    signal: client.signal,
  }
  await repeatUntilAnswered(call, undefined, async () => {
    const answer = await client.transport.send({ method: 'PUT', url, headers: {}, body: bytes })
    if (answer.status >= 400) throw errorFrom('the upload of the source', answer)
    return { value: undefined, nextRange: null }
  })
}
