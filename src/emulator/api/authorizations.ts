import type { FastifyInstance } from 'fastify'
import type { ControlPlane } from '../control-plane.ts'
import { notFound } from '../http/errors.ts'
import { authorizationBody } from '../representation/authorization.ts'

/** The one authorization that there is: the account's token, which does not expire. */
export function registerAuthorizations(server: FastifyInstance, plane: ControlPlane): void {
  const authorization = authorizationBody(plane.account, plane.token)
  server.get('/oauth/authorizations', async () => [authorization])
  server.get<{ Params: { id: string } }>('/oauth/authorizations/:id', async ({ params }) => {
    if (params.id !== authorization.id && params.id !== '~') throw notFound('authorization')
    return authorization
  })
}
