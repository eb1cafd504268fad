import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { minimalEnvironment } from '../build/environment.ts'
import { slugDirectory } from '../build/slug-directory.ts'
import { unpack } from '../build/source.ts'
import type { ControlPlane } from '../control-plane.ts'
import { blobUrl, expiredBlobUrl } from '../http/blob-url.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import type { Slug } from '../model.ts'

interface BlobRoute {
  Params: { id: string }
  Querystring: { expires?: string }
}

/** Storage of tarballs by unguessable address: sources to build, and slugs. */
export function registerBlobs(server: FastifyInstance, plane: ControlPlane): void {
  const directory = path.join(plane.store.directory, 'sources')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const publicly = {
    config: { public: true },
    preHandler: async ({ query }: FastifyRequest<BlobRoute>) => {
      const expired = expiredBlobUrl(query)
      if (expired !== undefined) throw expired
    },
  }
  for (const url of ['/sources', '/apps/:app/sources']) {
    server.post(url, async (_request, reply) => {
      const address = blobUrl(plane, 'sources', randomUUID())
      return await reply.code(201).send({ source_blob: { get_url: address, put_url: address } })
    })
  }
  server.put<BlobRoute>('/blobs/sources/:id', publicly, async (request, reply) => {
    await receiveFile(request.body, sourceFile(directory, request.params.id))
    return await reply.code(200).send()
  })
  server.get<BlobRoute>('/blobs/sources/:id', publicly, async (request, reply) => {
    const file = sourceFile(directory, request.params.id)
    if (!existsSync(file)) throw notFound('source')
    return await reply.type('application/gzip').send(createReadStream(file))
  })
  server.put<BlobRoute>('/blobs/slugs/:id', publicly, async (request, reply) => {
    await receiveSlug(plane, requireSlug(plane, request.params.id), request.body)
    return await reply.code(200).send()
  })
  server.get<BlobRoute>('/blobs/slugs/:id', publicly, async (request, reply) => {
    const slug = requireSlug(plane, request.params.id)
    const top = path.dirname(slugDirectory(plane.store, slug.id))
    if (!existsSync(top)) throw notFound('slug')
    return await reply.type('application/gzip').send(tarball(top))
  })
}

function sourceFile(directory: string, id: string): string {
  if (!/^[\da-f-]{36}$/.test(id)) throw notFound('source')
  return path.join(directory, id)
}

function requireSlug(plane: ControlPlane, id: string): Slug {
  const slug = plane.store
    .apps()
    .flatMap((app) => app.slugs)
    .find((each) => each.id === id)
  if (slug === undefined) throw notFound('slug')
  return slug
}

async function receiveFile(body: unknown, file: string): Promise<void> {
  if (!(body instanceof Readable)) throw invalidParams('The request has no body to store.')
  await pipeline(body, createWriteStream(`${file}.part`, { mode: 0o600 }))
  await rename(`${file}.part`, file)
}

async function receiveSlug(plane: ControlPlane, slug: Slug, body: unknown): Promise<void> {
  const top = path.dirname(slugDirectory(plane.store, slug.id))
  if (existsSync(top)) throw invalidParams('The slug has been uploaded before.')
  const fresh = `${top}.${randomUUID()}`
  await mkdir(fresh, { recursive: true })
  try {
    await receiveFile(body, `${fresh}/slug.tgz`)
    await unpack(
      plane.watch,
      `${fresh}/slug.tgz`,
      fresh,
      AbortSignal.timeout(plane.durations.buildLimit * 1000),
    )
    await rm(`${fresh}/slug.tgz`)
    if (!existsSync(path.join(fresh, 'app'))) throw invalidParams('The slug has no ./app directory.')
    await rename(fresh, top)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

function tarball(top: string): Readable {
  const child = spawn('tar', ['-czf', '-', './app'], {
    cwd: top,
    env: minimalEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.once('error', (error) => child.stdout.destroy(error))
  return child.stdout
}
