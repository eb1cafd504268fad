import { checkDatabase, createItem, findItem, newestItems } from './items.js'

/** Answers one request. Throws when the database does: the caller answers 500. */
export async function handle(pool, request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  const send = (status, body) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)

  if (request.method === 'POST' && pathname === '/items') return postItem(pool, request, send)
  if (request.method !== 'GET') return send(405, { error: 'method not allowed' })
  if (pathname === '/')
    return send(200, { app: 'node-postgres', release: process.env.HEROKU_RELEASE_VERSION })
  if (pathname === '/health') return send(200, await health(pool))
  if (pathname === '/items') return send(200, await newestItems(pool, 20))
  const [, id] = /^\/items\/(\d{1,18})$/.exec(pathname) ?? []
  const item = id && (await findItem(pool, id))
  return item ? send(200, item) : send(404, { error: 'not found' })
}

/** A real query: a web server that answers while its statements fail is not healthy. */
async function health(pool) {
  await checkDatabase(pool)
  return { status: 'ok', release: process.env.HEROKU_RELEASE_VERSION ?? null }
}

async function postItem(pool, request, send) {
  const key = request.headers['idempotency-key']
  if (!key) return send(400, { error: 'the header Idempotency-Key is missing' })
  const title = parseTitle(await readBody(request))
  if (!title) return send(422, { error: 'a title is needed: {"title": "..."}' })
  const { created, item } = await createItem(pool, key, title)
  return send(created ? 201 : 200, item)
}

function parseTitle(body) {
  try {
    const { title } = JSON.parse(body)
    return typeof title === 'string' ? title : undefined
  } catch {
    return undefined
  }
}

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
