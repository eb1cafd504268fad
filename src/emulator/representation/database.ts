import type { Addon } from '../model.ts'
import { findPostgresPlan } from '../postgres/plans.ts'

/** What the server says of a database; undefined while the server is down. */
export interface DatabaseFacts {
  readonly bytes: number
  readonly tables: number
  readonly connections: number
  readonly version: string
}

export interface DatabaseBody {
  readonly name: string
  readonly plan: string
  readonly created_at: string
  readonly resource_url: string
  readonly following: null
  readonly leader: null
  readonly forked_from: null
  readonly postgres_version: string | null
  readonly num_bytes: number | null
  readonly num_tables: number | null
  readonly num_connections: number | null
  readonly info: readonly { readonly name: string; readonly values: readonly string[] }[]
}

/** The answer to GET /client/v11/databases/{db}; `pg:info` prints its `info`. */
export function databaseBody(
  addon: Addon,
  billingApp: string,
  url: string,
  facts: DatabaseFacts | undefined,
): DatabaseBody {
  return {
    name: addon.name,
    plan: addon.plan.split(':')[1] ?? addon.plan,
    created_at: addon.createdAt,
    resource_url: url,
    following: null,
    leader: null,
    forked_from: null,
    postgres_version: facts?.version ?? null,
    num_bytes: facts?.bytes ?? null,
    num_tables: facts?.tables ?? null,
    num_connections: facts?.connections ?? null,
    info: infoItems(addon, billingApp, facts).map(([name, value]) => ({ name, values: [value] })),
  }
}

function infoItems(addon: Addon, billingApp: string, facts: DatabaseFacts | undefined): [string, string][] {
  const plan = findPostgresPlan(addon.plan)
  const measured: [string, string][] =
    facts === undefined
      ? []
      : [
          ['Data Size', humanBytes(facts.bytes)],
          ['Tables', String(facts.tables)],
          ['PG Version', facts.version],
          ['Connections', `${facts.connections}/${plan?.connections ?? 120}`],
        ]
  return [
    ['Plan', plan?.humanName ?? addon.plan],
    ['Status', facts === undefined ? 'Unavailable' : 'Available'],
    ...measured,
    ['Connection Pooling', 'Unsupported'],
    ['Credentials', '1'],
    ['Fork/Follow', plan?.forks === true ? 'Available' : 'Unsupported'],
    ['Rollback', 'Unsupported'],
    ['Created', addon.createdAt.slice(0, 16).replace('T', ' ') + ' UTC'],
    ['Region', 'us'],
    ['Continuous Protection', 'Off'],
    ['Data Encryption', 'Not In Use'],
    ['Maintenance', 'not required'],
    ['Add-on', addon.name],
    ['Billing App', billingApp],
  ]
}

/** 8.2 MB, as Heroku prints sizes. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 0), units.length - 1)
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
