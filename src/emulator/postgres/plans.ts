/** A plan of Heroku Postgres, as far as the emulator keeps it. */
export interface PostgresPlan {
  /** essential-0 */
  readonly tier: string
  readonly humanName: string
  readonly centsPerMonth: number
  readonly connections: number
  /** How many backups are kept; an older one is deleted when a newer one succeeds. */
  readonly backupsKept: number
  /** Essential databases have no forks and followers. */
  readonly forks: boolean
}

export const postgresService = 'heroku-postgresql'

export const postgresPlans: readonly PostgresPlan[] = [
  plan('essential-0', 5, 20, 5),
  plan('essential-1', 9, 20, 5),
  plan('essential-2', 20, 40, 5),
  plan('standard-0', 50, 120, 25),
  plan('standard-2', 200, 400, 25),
  plan('standard-3', 400, 500, 25),
  plan('standard-4', 750, 500, 25),
  plan('premium-0', 200, 120, 50),
  plan('premium-2', 350, 400, 50),
  plan('premium-3', 750, 500, 50),
  plan('premium-4', 1200, 500, 50),
]

/** By `heroku-postgresql:standard-0` or by `heroku-postgresql`, which means the smallest; undefined when there is none. */
export function findPostgresPlan(name: string): PostgresPlan | undefined {
  const [service, tier = 'essential-0'] = name.split(':')
  return service === postgresService ? postgresPlans.find((each) => each.tier === tier) : undefined
}

/** Connections that Heroku allows to a database of the plan. */
export function connectionLimit(name: string): number {
  return findPostgresPlan(name)?.connections ?? 120
}

function plan(tier: string, dollars: number, connections: number, backupsKept: number): PostgresPlan {
  const humanName = tier.charAt(0).toUpperCase() + tier.slice(1).replace('-', ' ')
  const forks = !tier.startsWith('essential')
  return { tier, humanName, centsPerMonth: dollars * 100, connections, backupsKept, forks }
}
