import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'

export interface Dyno {
  /** web.1, run.1234, release.5678 */
  readonly name: string
  readonly type: string
  /** starting, up, crashed, idle, down: Heroku may add to them. */
  readonly state: string
  readonly releaseVersion: number
  readonly command: string
}

const dyno = z
  .object({
    name: z.string(),
    type: z.string(),
    state: z.string(),
    command: z.string(),
    release: z.object({ version: z.number().int() }),
  })
  .transform((body): Dyno => ({
    name: body.name,
    type: body.type,
    state: body.state,
    releaseVersion: body.release.version,
    command: body.command,
  }))

/**
 * The dynos that Heroku shows. With preboot the old web dynos go on serving for minutes and are not among them.
 */
export async function listDynos(client: HerokuClient, app: string): Promise<Dyno[]> {
  return client.list(appPath(app, 'dynos'), { item: dyno })
}

/** Restarts one dyno (web.1), one process type (web), or all of them. Resolves when Heroku has taken the order. */
export async function restart(client: HerokuClient, app: string, which?: string): Promise<void> {
  const path =
    which === undefined ? ['dynos'] : which.includes('.') ? ['dynos', which] : ['formations', which]
  await client.request('DELETE', appPath(app, ...path))
}
