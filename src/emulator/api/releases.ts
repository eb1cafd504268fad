import { existsSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { slugDirectory } from '../build/slug-directory.ts'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App, Release } from '../model.ts'
import { rollBack } from '../releases/roll-back.ts'
import { releaseBody } from '../representation/release.ts'
import { requireApp, requireRelease, type AppRoute } from './identity.ts'

const createBody = z.union([
  z.object({ release: z.union([z.string(), z.number()]) }),
  z.object({ slug: z.string(), description: z.string().nullish() }),
])

const attributes = {
  version: (release: Release) => release.version,
  id: (release: Release) => release.id,
}

/** Releases: list, info, from a slug, and back to an old one. */
export function registerReleases(server: FastifyInstance, plane: ControlPlane): void {
  const body = (app: App, release: Release) => releaseBody(app, release, plane.account, plane.baseUrl)
  server.get<AppRoute>('/apps/:app/releases', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    return sendList(request, reply, app.releases, attributes, (release) => body(app, release))
  })
  server.get<{ Params: { app: string; release: string } }>(
    '/apps/:app/releases/:release',
    async (request) => {
      const app = requireApp(plane.store, request.params.app)
      return body(app, requireRelease(app, request.params.release))
    },
  )
  server.post<AppRoute>('/apps/:app/releases', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    const given = createBody.parse(request.body)
    const { release } =
      'release' in given
        ? rollBack(
            plane.store,
            plane.releases,
            app,
            requireRelease(app, String(given.release)),
            plane.assumptions,
          )
        : releaseSlug(plane, app, given.slug, given.description)
    return await reply.code(201).send(body(app, release))
  })
}

function releaseSlug(plane: ControlPlane, app: App, slugId: string, description: string | null | undefined) {
  const slug = app.slugs.find(({ id }) => id === slugId)
  if (slug === undefined) throw notFound('slug')
  if (!existsSync(slugDirectory(plane.store, slug.id))) throw invalidParams('The slug has not been uploaded.')
  const deploy = slug.commit === null ? 'Deploy' : `Deploy ${slug.commit.slice(0, 8)}`
  return plane.releases.create(app, { description: description ?? deploy, slugId })
}
