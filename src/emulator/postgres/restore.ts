import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type pg from 'pg'
import { withAdministrator, type ServerAddress } from './administrator.ts'
import * as sql from './database-sql.ts'
import { verifyDump } from './dump-file.ts'
import { replaceDatabase, type RestoreTarget } from './replace-database.ts'
import { statementBatches } from './statements.ts'

/** Characters of SQL that are sent at once. */
const batchSize = 1 << 20

/**
 * Replaces the contents of the database by those of the dump: nobody else can connect meanwhile, everything ends up owned by
 * the target's role, and either the whole dump is loaded or the database is left empty and this rejects. A dump that is
 * not whole is refused before anything is touched. `onProgress` receives the characters loaded so far.
 */
export async function restoreDatabase(
  target: RestoreTarget,
  file: string,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const header = await verifyDump(file)
  await replaceDatabase(target, async () => {
    await withAdministrator(target, target.database, async (client) => {
      await endOnAbort(target, client, signal, async () => {
        await client.query(`BEGIN; ${sql.becomeMaker()}`)
        await load(client, file, (text) => text.replaceAll(header.owner, target.owner), onProgress)
        await client.query(`${sql.handOver(target.owner)}; COMMIT`)
      })
    })
  })
}

async function load(
  client: pg.Client,
  file: string,
  rename: (text: string) => string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const { size } = await stat(file)
  const chunks = createReadStream(file, { encoding: 'utf8', highWaterMark: batchSize })
  let loaded = 0
  for await (const batch of statementBatches(chunks, batchSize)) {
    await client.query(rename(batch))
    loaded = Math.min(loaded + batch.length, size)
    onProgress(loaded)
  }
}

/** Runs `work`; when the signal aborts, ends the session of `client` and rejects with the signal's reason. */
async function endOnAbort(
  server: ServerAddress,
  client: pg.Client,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const end = (): void => {
    void withAdministrator(server, 'postgres', (other) =>
      other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]),
    ).catch(() => undefined)
  }
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    await work()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', end)
  }
}
