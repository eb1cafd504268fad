import type { Facts } from '../postgres/facts.ts'
import type { Judgement } from '../safety/judgement.ts'
import { withPrechecks } from '../safety/prechecks.ts'
import { withReplicas } from '../safety/replicas.ts'
import { withSessions } from '../safety/sessions.ts'
import { askDatabase, type Target } from './target.ts'

/** The judgement with what only the target can say of this moment: its replicas, who is in the way, whether its rows fit. */
export function askTarget(target: Target): (judgement: Judgement, facts: Facts) => Promise<Judgement> {
  return (judgement, facts) =>
    askDatabase(target, async (client) =>
      withPrechecks(client, await withSessions(client, withReplicas(judgement, facts)), facts),
    )
}
