import type pg from 'pg'

const invalidQuery = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not i.indisvalid and c.relkind = 'i' and n.nspname !~ '^pg_'
    and not exists (select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
  order by 1`

/** Indexes that a failed CREATE INDEX CONCURRENTLY left behind: qualified names. Those still being built are not among them. */
export async function invalidIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(invalidQuery)
  return rows.map(({ name }) => name)
}

/** Drops indexes beside the traffic. The names must come from the catalog: they are quoted already. */
export async function dropIndexes(client: pg.Client, names: readonly string[]): Promise<void> {
  for (const name of names) await client.query(`drop index concurrently if exists ${name}`)
}
