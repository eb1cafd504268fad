import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'
import { isNotFound } from './errors.ts'

const feature = z.object({ enabled: z.boolean() })

/** Whether new web dynos start beside the old ones. An app that cannot have preboot has it off. */
export async function isPrebootEnabled(client: HerokuClient, app: string): Promise<boolean> {
  try {
    return (await client.request('GET', appPath(app, 'features', 'preboot'), { expect: feature })).enabled
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** Restarts nothing; it holds from the next release on. */
export async function setPreboot(client: HerokuClient, app: string, enabled: boolean): Promise<void> {
  await client.request('PATCH', appPath(app, 'features', 'preboot'), { body: { enabled }, expect: feature })
}
