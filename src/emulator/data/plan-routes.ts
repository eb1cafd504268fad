import type { FastifyInstance } from 'fastify'
import { notFound } from '../http/errors.ts'
import { postgresPlans } from '../postgres/plans.ts'
import { planBody, postgresServiceBody } from '../representation/plan.ts'

/** The catalogue: one service and its plans. */
export function registerPlans(server: FastifyInstance): void {
  const service = postgresServiceBody()
  const isService = (identity: string) => identity === service.id || identity === service.name
  const plans = postgresPlans.map(planBody)

  server.get('/addon-services', async () => [service])
  server.get<{ Params: { service: string } }>('/addon-services/:service', async ({ params }) => {
    if (!isService(params.service)) throw notFound('add_on service', 'add-on service')
    return service
  })
  server.get<{ Params: { service: string } }>('/addon-services/:service/plans', async ({ params }) => {
    if (!isService(params.service)) throw notFound('add_on service', 'add-on service')
    return plans
  })
  server.get<{ Params: { plan: string } }>('/plans/:plan', async ({ params }) => {
    const plan = plans.find(({ id, name }) => id === params.plan || name === params.plan)
    if (plan === undefined) throw notFound('plan')
    return plan
  })
}
