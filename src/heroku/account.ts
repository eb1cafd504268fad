import { z } from 'zod'
import type { HerokuClient } from './client.ts'

const account = z.object({ email: z.string() })

/** Who the API key belongs to. The cheapest proof that it is accepted: HerokuApiError 401 when it is not. */
export async function checkAccount(client: HerokuClient): Promise<{ readonly email: string }> {
  return client.request('GET', '/account', { expect: account })
}
