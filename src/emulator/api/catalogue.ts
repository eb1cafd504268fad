import type { FastifyInstance } from 'fastify'
import type { ControlPlane } from '../control-plane.ts'
import { ownerBody, regionBody, stackBody } from '../representation/catalogue.ts'
import { requireApp, type AppRoute } from './identity.ts'

/** What the emulator has none of: lists that clients ask for and that are always empty. */
const empty = ['/teams', '/account/features', '/account/keys', '/spaces']
const emptyOfApp = ['buildpack-installations', 'log-drains', 'webhooks', 'sni-endpoints']

/** What never changes: regions, stacks, who an app belongs to, and the lists that are empty. */
export function registerCatalogue(server: FastifyInstance, plane: ControlPlane): void {
  server.get('/regions', async () => [regionBody()])
  server.get('/stacks', async () => [stackBody('heroku-24', true), stackBody('heroku-22', false)])
  server.get<AppRoute>('/apps/:app/collaborators', async ({ params }) => [
    ownerBody(requireApp(plane.store, params.app), plane.account),
  ])
  for (const path of empty) server.get(path, async () => [])
  for (const path of emptyOfApp) {
    server.get<AppRoute>(`/apps/:app/${path}`, async ({ params }) => {
      requireApp(plane.store, params.app)
      return []
    })
  }
}
