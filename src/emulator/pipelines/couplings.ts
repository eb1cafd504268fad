import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requireApp, type AppRoute } from '../api/identity.ts'
import type { ControlPlane } from '../control-plane.ts'
import { reference } from '../data/request-parts.ts'
import { invalidParams, notFound } from '../http/errors.ts'
import { sendList } from '../http/range.ts'
import { couplingBody } from '../representation/pipeline.ts'
import {
  readPipelines,
  requirePipeline,
  stages,
  writePipelines,
  type Coupling,
  type PipelineDocuments,
} from './documents.ts'

interface CouplingRoute {
  Params: { coupling: string }
}

const stage = z.enum(stages)
const createBody = z.object({ app: reference, pipeline: reference, stage })
const updateBody = z.object({ stage: stage.optional() })

const attributes = { id: ({ id }: Coupling) => id }

/** Which app is in which pipeline, at which stage. */
export function registerCouplings(server: FastifyInstance, plane: ControlPlane): void {
  const { store } = plane
  const bodyIn = (all: PipelineDocuments) => (coupling: Coupling) =>
    couplingBody(coupling, requirePipeline(all, coupling.pipelineId), requireApp(store, coupling.appId))

  server.get('/pipeline-couplings', async (request, reply) => {
    const all = readPipelines(store)
    return sendList(request, reply, all.couplings, attributes, bodyIn(all))
  })
  server.get<{ Params: { pipeline: string } }>(
    '/pipelines/:pipeline/pipeline-couplings',
    async (request, reply) => {
      const all = readPipelines(store)
      const { id } = requirePipeline(all, request.params.pipeline)
      const couplings = all.couplings.filter(({ pipelineId }) => pipelineId === id)
      return sendList(request, reply, couplings, attributes, bodyIn(all))
    },
  )
  server.get<AppRoute>('/apps/:app/pipeline-couplings', async ({ params }) => {
    const all = readPipelines(store)
    const { id } = requireApp(store, params.app)
    return bodyIn(all)(found(all.couplings.find(({ appId }) => appId === id)))
  })
  server.post('/pipeline-couplings', async (request, reply) => {
    const coupling = couple(plane, createBody.parse(request.body))
    return await reply.code(201).send(bodyIn(readPipelines(store))(coupling))
  })
  registerCoupling(server, plane, bodyIn)
}

function registerCoupling(
  server: FastifyInstance,
  { store, clock }: ControlPlane,
  bodyIn: (all: PipelineDocuments) => (coupling: Coupling) => unknown,
): void {
  const path = '/pipeline-couplings/:coupling'
  const find = (all: PipelineDocuments, { coupling }: CouplingRoute['Params']) =>
    found(all.couplings.find(({ id }) => id === coupling))

  server.get<CouplingRoute>(path, async ({ params }) => {
    const all = readPipelines(store)
    return bodyIn(all)(find(all, params))
  })
  server.patch<CouplingRoute>(path, async (request) => {
    const all = readPipelines(store)
    const coupling = find(all, request.params)
    coupling.stage = updateBody.parse(request.body).stage ?? coupling.stage
    coupling.updatedAt = clock.now()
    writePipelines(store, all)
    return bodyIn(all)(coupling)
  })
  server.delete<CouplingRoute>(path, async ({ params }) => {
    const all = readPipelines(store)
    const coupling = find(all, params)
    writePipelines(store, { ...all, couplings: all.couplings.filter((each) => each !== coupling) })
    return bodyIn(all)(coupling)
  })
}

function couple({ store, clock }: ControlPlane, given: z.infer<typeof createBody>): Coupling {
  const all = readPipelines(store)
  const app = requireApp(store, given.app)
  const pipeline = requirePipeline(all, given.pipeline)
  if (all.couplings.some(({ appId }) => appId === app.id))
    throw invalidParams(`App ${app.name} is already in a pipeline.`)
  const now = clock.now()
  const coupling: Coupling = {
    id: randomUUID(),
    appId: app.id,
    pipelineId: pipeline.id,
    stage: given.stage,
    createdAt: now,
    updatedAt: now,
  }
  writePipelines(store, { ...all, couplings: [...all.couplings, coupling] })
  return coupling
}

function found(coupling: Coupling | undefined): Coupling {
  if (coupling === undefined) throw notFound('pipeline_coupling')
  return coupling
}
