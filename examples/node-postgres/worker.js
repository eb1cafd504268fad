import { setTimeout as sleep } from 'node:timers/promises'
import { openPool } from './database.js'
import { processBatch } from './items.js'

const batchSize = 50
const pauseMilliseconds = 500

const pool = openPool()
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())

console.log('working')
while (!stop.signal.aborted) {
  const processed = await processBatch(pool, batchSize)
  if (processed < batchSize)
    await sleep(pauseMilliseconds, undefined, { signal: stop.signal }).catch(() => {})
}
await pool.end()
console.log('stopped')
