import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'

/** The app's config vars as they are now. Every value may be a secret: register them with the redactor first. */
export async function getConfigVars(
  client: HerokuClient,
  app: string,
): Promise<Readonly<Record<string, string>>> {
  return client.request('GET', appPath(app, 'config-vars'), { expect: z.record(z.string(), z.string()) })
}
