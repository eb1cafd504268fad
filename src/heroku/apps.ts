import { z } from 'zod'
import { PreconditionError } from '../errors.ts'
import type { HerokuClient } from './client.ts'
import { isNotFound } from './errors.ts'

export interface App {
  readonly id: string
  readonly name: string
  /** Where the app serves. null for an app that has no web address. */
  readonly webUrl: string | null
  readonly maintenance: boolean
  readonly gitUrl: string
}

const app = z
  .object({
    id: z.string(),
    name: z.string(),
    web_url: z.string().nullable(),
    maintenance: z.boolean(),
    git_url: z.string(),
  })
  .transform((body): App => ({
    id: body.id,
    name: body.name,
    webUrl: body.web_url,
    maintenance: body.maintenance,
    gitUrl: body.git_url,
  }))

/** The app as it is now. PreconditionError when there is none of this name, or none that the account may see. */
export async function getApp(client: HerokuClient, name: string): Promise<App> {
  try {
    return await client.request('GET', appPath(name), { expect: app })
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new PreconditionError(`There is no Heroku app "${name}", or this account may not see it.`, {
      next: ['Run "heroku apps" to see the apps of this account.'],
      cause: error,
    })
  }
}

/** Switches maintenance mode. No release and no restart; setting what is already set changes nothing. */
export async function setMaintenance(client: HerokuClient, name: string, on: boolean): Promise<App> {
  return client.request('PATCH', appPath(name), { body: { maintenance: on }, expect: app })
}

/** The path of an app, or of something of it: appPath('x', 'releases', '12'). */
export function appPath(name: string, ...parts: readonly string[]): string {
  return ['/apps', ...[name, ...parts].map(encodeURIComponent)].join('/')
}
