import type pg from 'pg'

/** Somebody else who is connected to the database. */
export interface OtherSession {
  readonly pid: number
  readonly user: string
  readonly applicationName: string
  /** As pg_stat_activity says: 'idle', 'active', ... */
  readonly state: string
}

const query = `
  select pid, coalesce(usename, '') as user, application_name as "applicationName", coalesce(state, '') as state
  from pg_catalog.pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    and application_name not like 'lockkeeper%'
  order by pid`

/** The sessions of this database that are not Lockkeeper's own: who is connected may write. */
export async function otherSessions(client: pg.Client): Promise<OtherSession[]> {
  const { rows } = await client.query<OtherSession>(query)
  return rows
}
