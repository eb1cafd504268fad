import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requireApp, requireRelease } from '../api/identity.ts'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import type { App, Release, Slug } from '../model.ts'
import { slugOf } from '../releases/process-types.ts'
import { promotionBody, targetBodies } from '../representation/pipeline.ts'
import { readPipelines, requirePipeline, writePipelines, type Promotion } from './documents.ts'

interface PromotionRoute {
  Params: { promotion: string }
}

const identified = z.object({ id: z.string() })
const createBody = z.object({
  pipeline: identified,
  source: z.object({ app: identified, release: identified.nullish() }),
  targets: z.array(z.object({ app: identified })).min(1),
})

/** Promotions: the slug of one app, and nothing else of it, becomes a release of others in the same pipeline. */
export function registerPromotions(server: FastifyInstance, plane: ControlPlane): void {
  const { store } = plane
  const find = (id: string): Promotion => {
    const promotion = readPipelines(store).promotions.find((each) => each.id === id)
    if (promotion === undefined) throw notFound('pipeline_promotion')
    return promotion
  }
  server.post('/pipeline-promotions', async (request, reply) => {
    const promotion = promote(plane, createBody.parse(request.body))
    return await reply.code(201).send(promotionBody(store, promotion))
  })
  server.get<PromotionRoute>('/pipeline-promotions/:promotion', async ({ params }) =>
    promotionBody(store, find(params.promotion)),
  )
  server.get<PromotionRoute>('/pipeline-promotions/:promotion/promotion-targets', async ({ params }) =>
    targetBodies(store, find(params.promotion)),
  )
}

function promote(plane: ControlPlane, given: z.infer<typeof createBody>): Promotion {
  const { store, clock, releases } = plane
  const all = readPipelines(store)
  const pipeline = requirePipeline(all, given.pipeline.id)
  const members = new Set(
    all.couplings.filter(({ pipelineId }) => pipelineId === pipeline.id).map(({ appId }) => appId),
  )
  const member = (id: string): App => {
    const app = requireApp(store, id)
    if (!members.has(app.id)) throw invalidParams(`App ${app.name} is not in the pipeline ${pipeline.name}.`)
    return app
  }
  const source = member(given.source.app.id)
  const targets = given.targets.map(({ app }) => member(app.id))
  if (targets.includes(source)) throw invalidParams(`App ${source.name} cannot be promoted to itself.`)
  const wanted = given.source.release?.id
  const release = wanted === undefined ? releases.current(source) : requireRelease(source, wanted)
  const slug = slugOf(source, release)
  if (slug === undefined) throw invalidParams(`App ${source.name} has no slug to promote.`)
  const promotion: Promotion = {
    id: randomUUID(),
    pipelineId: pipeline.id,
    sourceAppId: source.id,
    sourceReleaseId: release.id,
    targets: targets.map((app) => {
      const made = releaseOn(plane, app, source, release, slug)
      return { id: randomUUID(), appId: app.id, releaseId: made.id }
    }),
    createdAt: clock.now(),
  }
  writePipelines(store, { ...all, promotions: [...all.promotions, promotion] })
  return promotion
}

/** The target runs the same slug: nothing is built again. */
function releaseOn(plane: ControlPlane, app: App, source: App, release: Release, slug: Slug): Release {
  if (!app.slugs.some(({ id }) => id === slug.id)) app.slugs.push(slug)
  const commit = slug.commit === null ? '' : ` ${slug.commit.slice(0, 8)}`
  const description = `Promote ${source.name} v${release.version}${commit}`
  return plane.releases.create(app, { description, slugId: slug.id }).release
}
