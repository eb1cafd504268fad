import type pg from 'pg'

/** Runs `use` inside the transaction that is open, and takes back what it did when it fails. Whether it worked. */
export async function withSavepoint(client: pg.Client, use: () => Promise<unknown>): Promise<boolean> {
  await client.query('savepoint before')
  try {
    await use()
    await client.query('release savepoint before')
    return true
  } catch {
    await client.query('rollback to savepoint before')
    return false
  }
}
