import { z } from 'zod'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'

export interface FormationEntry {
  readonly type: string
  /** How many dynos of the type should run. */
  readonly quantity: number
  /** Standard-1X, ... Empty when Heroku does not say. */
  readonly size: string
}

const formation = z
  .object({ type: z.string(), quantity: z.number().int(), size: z.string().nullish() })
  .transform((body): FormationEntry => ({ type: body.type, quantity: body.quantity, size: body.size ?? '' }))

/** How many dynos of each process type the app asks for. */
export async function getFormation(client: HerokuClient, app: string): Promise<FormationEntry[]> {
  return client.list(appPath(app, 'formation'), { item: formation })
}

/**
 * Sets the quantities of process types in one call and returns the changed ones. Quantities are absolute, so a repeat
 * changes nothing. No update, no call.
 */
export async function scale(
  client: HerokuClient,
  app: string,
  updates: readonly { readonly type: string; readonly quantity: number }[],
): Promise<FormationEntry[]> {
  if (updates.length === 0) return []
  const body = { updates: updates.map(({ type, quantity }) => ({ type, quantity })) }
  return client.request('PATCH', appPath(app, 'formation'), { body, expect: z.array(formation) })
}
