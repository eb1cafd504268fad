import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/**
 * Copies the files of a running Postgres into an empty directory, so that a server started there follows it. The copy is made by
 * Postgres' own low-level backup: it needs no program beside the server.
 */
export async function copyAsStandby(primary: string, directory: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary })
  await client.connect()
  try {
    const { start, stop } = await backupFunctions(client)
    await client.query(`select ${start}`)
    const source = await client.query<{ data_directory: string }>('show data_directory')
    const from = source.rows[0]?.data_directory ?? ''
    await cp(from, directory, {
      recursive: true,
      filter: (path) => !left.some((name) => path === join(from, name)),
    })
    const { rows } = await client.query<{ labelfile: string }>(`select labelfile from ${stop}`)
    await writeFile(join(directory, 'backup_label'), rows[0]?.labelfile ?? '')
  } finally {
    await client.end()
  }
  await mkdir(join(directory, 'pg_wal'), { mode: 0o700 })
  await writeFile(join(directory, 'standby.signal'), '')
  const { hostname, port, username } = new URL(primary)
  const connection = `host=${hostname} port=${port} user=${username} application_name=follower`
  await writeFile(join(directory, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`)
}

/** Version 15 gave them other names. */
async function backupFunctions(client: pg.Client): Promise<{ start: string; stop: string }> {
  const { rows } = await client.query<{ old: boolean }>(
    `select current_setting('server_version_num')::int < 150000 as old`,
  )
  return rows[0]?.old === true
    ? { start: `pg_start_backup('copy', true, false)`, stop: 'pg_stop_backup(false, false)' }
    : { start: `pg_backup_start('copy', true)`, stop: 'pg_backup_stop(false)' }
}

/** What belongs to the server that runs there. */
const left = ['pg_wal', 'postmaster.pid', 'postmaster.opts']
