import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { tarballSource } from '../build/source.ts'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import type { App, Build } from '../model.ts'
import { buildBody } from '../representation/build.ts'
import { requireApp, type AppRoute } from './identity.ts'

interface BuildRoute {
  Params: { app: string; build: string }
}

const createBody = z.object({
  source_blob: z.object({
    url: z.url({ protocol: /^https?$/ }),
    version: z.string().nullish(),
    version_description: z.string().nullish(),
    checksum: z.string().nullish(),
  }),
})

const attributes = {
  started_at: (build: Build) => build.createdAt,
  id: (build: Build) => build.id,
}

/** Builds of tarballs; those of git pushes are listed as well. */
export function registerBuilds(server: FastifyInstance, plane: ControlPlane): void {
  const body = (app: App, build: Build) => buildBody(app, build, plane.account, plane.baseUrl)
  server.post<AppRoute>('/apps/:app/builds', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    const { source_blob: blob } = createBody.parse(request.body)
    const { build } = plane.builds.start(app, {
      source: tarballSource(plane.watch, blob.url, blob.checksum ?? null),
      sourceUrl: blob.url,
      version: blob.version ?? null,
      versionDescription: blob.version_description ?? null,
    })
    return await reply.code(201).send(body(app, build))
  })
  server.get<AppRoute>('/apps/:app/builds', async (request, reply) => {
    const app = requireApp(plane.store, request.params.app)
    return sendList(request, reply, app.builds, attributes, (build) => body(app, build))
  })
  server.get<BuildRoute>('/apps/:app/builds/:build', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    return body(app, requireBuild(app, request.params.build))
  })
  server.delete<BuildRoute>('/apps/:app/builds/:build', async (request) => {
    const app = requireApp(plane.store, request.params.app)
    const build = requireBuild(app, request.params.build)
    if (!plane.builds.cancel(build)) throw invalidParams('The build has already ended.')
    return body(app, build)
  })
}

function requireBuild(app: App, id: string): Build {
  const build = app.builds.find((each) => each.id === id)
  if (build === undefined) throw notFound('build')
  return build
}
