import type { FastifyInstance } from 'fastify'
import type { ControlPlane } from '../control-plane.ts'
import { accountBody } from '../representation/account.ts'

/** Who is asking, and what is left of the quota. */
export function registerAccount(server: FastifyInstance, plane: ControlPlane): void {
  for (const path of ['/account', '/users/:user']) {
    server.get(path, async () => accountBody(plane.account))
  }
  server.get('/account/rate-limits', { config: { uncounted: true } }, async () => ({
    remaining: plane.rateLimit.remaining(),
  }))
}
