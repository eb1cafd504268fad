import type { Client } from 'pg'
import type { Facts } from '../postgres/facts.ts'
import type { Judgement } from '../safety/judgement.ts'
import { withPrechecks } from '../safety/prechecks.ts'
import { withReplicas } from '../safety/replicas.ts'
import { withSessions } from '../safety/sessions.ts'

/** The judgement with what only the target can say of this moment: its replicas, who is in the way, whether its rows fit. */
export async function askTarget(client: Client, judgement: Judgement, facts: Facts): Promise<Judgement> {
  return withPrechecks(client, await withSessions(client, withReplicas(judgement, facts)), facts)
}
