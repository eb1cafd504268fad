import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { slugDirectory } from '../build/slug-directory.ts'
import type { ControlPlane } from '../control-plane.ts'
import { blobUrl } from '../http/blob-url.ts'
import { notFound } from '../http/errors.ts'
import type { Slug } from '../model.ts'
import { slugBody } from '../representation/slug.ts'
import { requireApp, type AppRoute } from './identity.ts'

const createBody = z.object({
  process_types: z.record(z.string(), z.string()),
  commit: z.string().nullish(),
  commit_description: z.string().nullish(),
  checksum: z.string().nullish(),
  buildpack_provided_description: z.string().nullish(),
})

/** Slugs: made by a build, or by a client that uploads its own. */
export function registerSlugs(server: FastifyInstance, plane: ControlPlane): void {
  server.post<AppRoute>('/apps/:app/slugs', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    const given = createBody.parse(request.body)
    const slug: Slug = {
      id: randomUUID(),
      commit: given.commit ?? null,
      commitDescription: given.commit_description ?? null,
      processTypes: given.process_types,
      buildpack: given.buildpack_provided_description ?? 'uploaded',
      checksum: given.checksum ?? null,
      sizeBytes: 0,
      createdAt: plane.clock.now(),
    }
    app.slugs.push(slug)
    plane.store.saveApp(app)
    return await reply
      .code(201)
      .send(slugBody(app, slug, { method: 'PUT', url: blobUrl(plane, 'slugs', slug.id) }))
  })
  server.get<{ Params: { app: string; slug: string } }>('/apps/:app/slugs/:slug', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const slug = app.slugs.find(({ id }) => id === request.params.slug)
    if (slug === undefined) throw notFound('slug')
    const uploaded = existsSync(slugDirectory(plane.store, slug.id))
    const url = blobUrl(plane, 'slugs', slug.id)
    return slugBody(app, slug, { method: uploaded ? 'GET' : 'PUT', url })
  })
}
