import type { FastifyInstance } from 'fastify'
import type * as Heroku from '@heroku-cli/schema'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { notFound } from '../http/errors.ts'
import type { App } from '../model.ts'
import { requireApp, type AppRoute } from './identity.ts'

interface FeatureRoute {
  Params: { app: string; feature: string }
}

const preboot = { id: '2d7b6b1a-3d9c-4f0a-8a43-0d6c9e4f5a10', name: 'preboot' }
const updateBody = z.object({ enabled: z.boolean() })

/** App features; preboot is the one there is. */
export function registerFeatures(server: FastifyInstance, plane: ControlPlane): void {
  server.get<AppRoute>('/apps/:app/features', async (request) => {
    return [featureBody(requireApp(plane.store, request.params.app))]
  })
  server.get<FeatureRoute>('/apps/:app/features/:feature', async (request) => {
    return featureBody(requireFeature(plane, request.params))
  })
  server.patch<FeatureRoute>('/apps/:app/features/:feature', async (request) => {
    const app = requireFeature(plane, request.params)
    app.preboot = updateBody.parse(request.body).enabled
    app.updatedAt = plane.clock.now()
    plane.store.saveApp(app)
    return featureBody(app)
  })
}

function requireFeature(plane: ControlPlane, params: FeatureRoute['Params']): App {
  const app = requireApp(plane.store, params.app)
  if (params.feature !== preboot.name && params.feature !== preboot.id) throw notFound('feature')
  return app
}

function featureBody(app: App): Heroku.AppFeature {
  return {
    created_at: app.createdAt,
    description: 'Provide seamless web dyno deploys',
    display_name: 'Preboot',
    doc_url: 'https://devcenter.heroku.com/articles/preboot',
    enabled: app.preboot,
    feedback_email: 'feedback@example.com',
    id: preboot.id,
    name: preboot.name,
    state: 'general',
    updated_at: app.updatedAt,
  }
}
