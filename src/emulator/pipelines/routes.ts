import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { invalidParams } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import { pipelineBody } from '../representation/pipeline.ts'
import { registerCouplings } from './couplings.ts'
import { readPipelines, requirePipeline, writePipelines, type Pipeline } from './documents.ts'
import { registerPromotions } from './promotions.ts'

interface PipelineRoute {
  Params: { pipeline: string }
}

const pipelineName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{2,29}$/, 'must start with a letter and have 3 to 30 of a-z, 0-9 and -')
const createBody = z.object({ name: pipelineName })
const updateBody = z.object({ name: pipelineName.optional() })

const attributes = { id: ({ id }: Pipeline) => id, name: ({ name }: Pipeline) => name }

/** Pipelines, the apps in them, and promotions from one to others. */
export function registerPipelines(server: FastifyInstance, plane: ControlPlane): void {
  const { store, clock } = plane
  const body = (pipeline: Pipeline) => pipelineBody(pipeline, plane.account)

  server.get<{ Querystring: { 'eq[name]'?: string } }>('/pipelines', async (request, reply) => {
    const wanted = request.query['eq[name]']
    const found = readPipelines(store).pipelines.filter(({ name }) => wanted === undefined || name === wanted)
    return sendList(request, reply, found, attributes, body)
  })
  server.post('/pipelines', async (request, reply) => {
    const { name } = createBody.parse(request.body)
    const all = readPipelines(store)
    if (all.pipelines.some((each) => each.name === name)) throw invalidParams(`Name ${name} is already taken`)
    const now = clock.now()
    const pipeline: Pipeline = { id: randomUUID(), name, createdAt: now, updatedAt: now }
    writePipelines(store, { ...all, pipelines: [...all.pipelines, pipeline] })
    return await reply.code(201).send(body(pipeline))
  })
  server.get<PipelineRoute>('/pipelines/:pipeline', async ({ params }) =>
    body(requirePipeline(readPipelines(store), params.pipeline)),
  )
  server.patch<PipelineRoute>('/pipelines/:pipeline', async (request) => {
    const all = readPipelines(store)
    const pipeline = requirePipeline(all, request.params.pipeline)
    pipeline.name = updateBody.parse(request.body).name ?? pipeline.name
    pipeline.updatedAt = clock.now()
    writePipelines(store, all)
    return body(pipeline)
  })
  server.delete<PipelineRoute>('/pipelines/:pipeline', async ({ params }) => {
    const all = readPipelines(store)
    const pipeline = requirePipeline(all, params.pipeline)
    writePipelines(store, {
      ...all,
      pipelines: all.pipelines.filter((each) => each !== pipeline),
      couplings: all.couplings.filter(({ pipelineId }) => pipelineId !== pipeline.id),
    })
    return body(pipeline)
  })
  registerCouplings(server, plane)
  registerPromotions(server, plane)
}
