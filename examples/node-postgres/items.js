/**
 * Everything that this release asks of the database. Every statement names its columns, so a column that a later
 * release adds cannot surprise this one.
 */

/** The columns that the statements below need. release.js checks them before the release goes live. */
export const neededColumns = {
  items: ['id', 'idempotency_key', 'title', 'created_at', 'processed_at'],
}

export async function findItem(pool, id) {
  const { rows } = await pool.query('SELECT id, title, created_at, processed_at FROM items WHERE id = $1', [
    id,
  ])
  return rows[0]
}

export async function newestItems(pool, limit) {
  const { rows } = await pool.query(
    'SELECT id, title, created_at, processed_at FROM items ORDER BY id DESC LIMIT $1',
    [limit],
  )
  return rows
}

/** One statement, so one transaction: when this returns, the item is committed. The same key makes one item only. */
export async function createItem(pool, key, title) {
  const { rows } = await pool.query(
    `INSERT INTO items (idempotency_key, title) VALUES ($1, $2)
     ON CONFLICT (idempotency_key) DO NOTHING
     RETURNING id, title, created_at, processed_at`,
    [key, title],
  )
  if (rows[0]) return { created: true, item: rows[0] }
  const existing = await pool.query(
    'SELECT id, title, created_at, processed_at FROM items WHERE idempotency_key = $1',
    [key],
  )
  return { created: false, item: existing.rows[0] }
}

/** Marks a small batch, so that no row stays locked for long; other workers skip the rows that this one holds. */
export async function processBatch(pool, size) {
  const { rowCount } = await pool.query(
    // now() is when the transaction began: it can be earlier than that of an item which this statement already sees.
    `UPDATE items SET processed_at = clock_timestamp()
     WHERE id IN (SELECT id FROM items WHERE processed_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [size],
  )
  return rowCount
}

/** Asks for the columns that the pages need: it fails when the schema does not fit this release. */
export async function checkDatabase(pool) {
  await pool.query('SELECT id, title, created_at, processed_at FROM items LIMIT 1')
}
