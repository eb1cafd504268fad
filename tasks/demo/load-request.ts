import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { Outcome } from './tally.ts'

export type LoadRequest =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly key: string; readonly title: string }

// Longer than the router's own limit: it is the router that gives up first.
const patienceMilliseconds = 60_000

/** Sends one request over a connection of its own. Never throws: a broken connection is an outcome too. */
export function sendRequest(url: string, load: LoadRequest): Promise<Outcome> {
  const requestId = randomUUID()
  const startedAt = performance.now()
  const finish = (outcome: Pick<Outcome, 'result' | 'status' | 'reason'>): Outcome => ({
    ...outcome,
    requestId,
    milliseconds: performance.now() - startedAt,
  })
  return new Promise((resolve) => {
    const request = httpRequest(new URL(pathOf(load), url), {
      method: load.kind === 'write' ? 'POST' : 'GET',
      headers: { ...headersOf(load), 'X-Request-Id': requestId },
      agent: false,
      timeout: patienceMilliseconds,
    })
    const fail = (error: Error) => resolve(finish({ result: 'failed', status: null, reason: error.message }))
    request.on('timeout', () => request.destroy(new Error('no answer within 60 s')))
    request.on('error', fail)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () =>
        resolve(finish(judge(load, response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')))),
      )
    })
    request.end(load.kind === 'write' ? JSON.stringify({ title: load.title }) : undefined)
  })
}

function pathOf(load: LoadRequest): string {
  return load.kind === 'write' ? '/items' : load.path
}

function headersOf(load: LoadRequest): Record<string, string> {
  return load.kind === 'write'
    ? { 'Content-Type': 'application/json', 'Idempotency-Key': load.key }
    : { Accept: 'application/json' }
}

function judge(
  load: LoadRequest,
  status: number,
  body: string,
): Pick<Outcome, 'result' | 'status' | 'reason'> {
  if (status === (load.kind === 'write' ? 201 : 200)) return { result: 'answered', status, reason: null }
  // Heroku's own page, which only maintenance mode shows.
  const maintenance = status === 503 && /maintenance/i.test(body)
  return { result: maintenance ? 'maintenance' : 'failed', status, reason: `status ${status}` }
}
