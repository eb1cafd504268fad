import { createServer } from 'node:http'
import { openPool } from './database.js'
import { handle } from './routes.js'

const pool = openPool()
let stopping = false

const server = createServer((request, response) => {
  if (stopping) response.setHeader('Connection', 'close')
  response.on('close', () => setImmediate(closeIdleConnections))
  handle(pool, request, response).catch((error) => {
    console.error(`${request.method} ${request.url} failed: ${error.message}`)
    if (response.headersSent) response.destroy()
    else response.writeHead(500, { 'Content-Type': 'application/json' }).end('{"error":"internal error"}\n')
  })
})

/** Once stopping, a connection is of no more use when its request has been answered. */
function closeIdleConnections() {
  if (stopping) server.closeIdleConnections()
}

// Heroku's router keeps idle connections for 90 s; closing them earlier would race with a request on its way.
server.keepAliveTimeout = 95_000
server.headersTimeout = 100_000

server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))

/** Heroku sends SIGTERM and kills after 30 seconds: stop accepting, finish what has begun, then close the pool. */
process.on('SIGTERM', () => {
  if (stopping) return
  stopping = true
  server.close(() => {
    pool.end().then(() => console.log('stopped'))
  })
  closeIdleConnections()
})
