import type { World } from '../../tasks/demo/world.ts'

/** What the router logged of each request that it answered itself: the request's id, and Heroku's code. */
export async function readRouterCodes(world: World): Promise<ReadonlyMap<string, string>> {
  const session = { lines: 1500, source: 'heroku', dyno: 'router' }
  const { logplex_url: url } = await world.client.request<{ logplex_url: string }>(
    'POST',
    `/apps/${world.app}/log-sessions`,
    session,
  )
  const lines = (await (await fetch(url)).text()).split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, code] = /\bcode=(\S+)/.exec(line) ?? []
      const [, id] = /\brequest_id=(\S+)/.exec(line) ?? []
      return code && id ? [[id, code] as const] : []
    }),
  )
}
