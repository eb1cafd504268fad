import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defaultAssumptions } from '../assumptions.ts'
import { createClock } from '../clock.ts'
import { notFound } from './errors.ts'
import { createHttpFaults, type HttpFault, type HttpFaults } from './http-faults.ts'
import { createRateLimit } from './rate-limit.ts'
import { createServer } from './server.ts'

const clock = createClock(0.01)
let faults: HttpFaults
let url: string
let close: () => Promise<unknown>
let handled: string[]
let logged: string[]

beforeEach(async () => {
  faults = createHttpFaults()
  handled = []
  logged = []
  const rateLimit = createRateLimit(clock)
  const log = (line: string) => logged.push(line)
  const server = createServer({ token: 'secret', clock, httpFaults: faults, rateLimit, log })
  server.addHook('preHandler', async (request) => void handled.push(request.url))
  server.get('/things', async () => ({ text: 'abcdefghij' }))
  server.post('/things', async (request) => z.object({ size: z.number() }).parse(request.body))
  server.delete('/things', async () => ({}))
  server.get('/missing', async () => {
    throw notFound('log_session')
  })
  server.get('/broken', async () => {
    throw new Error('the reason')
  })
  server.get('/open', { config: { public: true } }, async () => ({}))
  url = await server.listen({ host: '127.0.0.1', port: 0 })
  close = () => server.close()
})
afterEach(() => close())

async function call(path: string, options: RequestInit = {}) {
  const headers = {
    Authorization: 'Bearer secret',
    ...(options.headers as Record<string, string> | undefined),
  }
  const response = await fetch(url + path, { ...options, headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

test.each([
  [0, null],
  [20, '20'],
])('without quota: 429, and with %d seconds to wait Retry-After is %s', async (retryAfter, header) => {
  const rateLimit = createRateLimit(clock, { ...defaultAssumptions, requestQuota: 0, retryAfter })
  const limited = createServer({
    token: 'secret',
    clock,
    httpFaults: faults,
    rateLimit,
    log: () => undefined,
  })
  limited.get('/things', async () => ({}))
  const answer = await limited.inject({ url: '/things', headers: { authorization: 'Bearer secret' } })
  expect(answer.statusCode).toBe(429)
  expect(answer.headers['retry-after'] ?? null).toBe(header)
})

describe('authentication', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  test.each([
    ['Bearer secret', 200],
    ['bearer secret', 200],
    [basic(':secret'), 200],
    [basic('anybody:secret'), 200],
    ['Bearer undefined', 401],
    ['Bearer', 401],
    [basic('secret'), 401],
    ['', 401],
  ])('%s: %d', async (authorization, status) => {
    const answer = await call('/things', { headers: { Authorization: authorization } })
    expect(answer.status).toBe(status)
    if (status === 401) expect(answer.body).toMatchObject({ id: 'unauthorized' })
  })
  test('public addresses need none', async () => {
    expect((await call('/open', { headers: { Authorization: '' } })).status).toBe(200)
  })
})

describe('answers', () => {
  test('one fresh Request-Id, JSON, and what is left of the quota', async () => {
    const { headers } = await call('/things', { headers: { 'Request-Id': 'mine,yours' } })
    expect(headers.get('request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(headers.get('content-type')).toContain('application/json')
    expect(headers.get('ratelimit-remaining')).toBe('4499')
  })
  test.each([
    [
      '/missing',
      'GET',
      undefined,
      404,
      { id: 'not_found', resource: 'log_session', message: "Couldn't find that log session." },
    ],
    ['/nowhere', 'GET', undefined, 404, { id: 'not_found' }],
    ['/broken', 'GET', undefined, 500, { id: 'internal_server_error', message: 'Internal server error.' }],
    ['/things', 'POST', '{"size": ', 400, { id: 'bad_request' }],
    ['/things', 'POST', '{"size": "big"}', 422, { id: 'invalid_params' }],
    ['/things', 'POST', '{"size": 3}', 200, { size: 3 }],
  ])('%s %s %s: %d', async (path, method, body, status, expected) => {
    const sent = body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }
    const answer = await call(path, { method, ...sent })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject(expected)
    if (status === 500) expect(logged.join('\n')).toContain('the reason')
  })
  test('heroku-client sends a content type without a body', async () => {
    const headers = { 'Content-Type': 'application/json' }
    expect((await call('/things', { method: 'DELETE', headers })).status).toBe(200)
  })
})

describe('faults', () => {
  const with_ = (fault: HttpFault) => void faults.add(fault)
  const failure = async (path: string) =>
    await call(path).then(
      () => undefined,
      (error: Error) => error,
    )

  test('a status with Heroku’s kind of body, a number of times, after some that pass', async () => {
    with_({ method: 'get', path: '^/things$', status: 429, skip: 1, times: 2 })
    const statuses = []
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await call('/things')).status)
    expect(statuses).toEqual([200, 429, 429, 200, 200])
    expect(faults.all()).toMatchObject([{ met: 2 }])
  })
  test('a body and headers of its own', async () => {
    with_({ path: 'things', status: 503, body: { odd: true }, headers: { 'Retry-After': '1' } })
    const answer = await call('/things')
    expect(answer).toMatchObject({ status: 503, body: { odd: true } })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(handled).toEqual([])
  })
  test('a reset: the handler never sees the request', async () => {
    with_({ path: 'things', reset: true, times: 1 })
    expect(await failure('/things')).toBeInstanceOf(Error)
    expect(handled).toEqual([])
    expect((await call('/things')).status).toBe(200)
  })
  test('a cut of 0: the handler does its work, the client learns nothing', async () => {
    with_({ path: 'things', cut: 0, times: 1 })
    expect(await failure('/things')).toBeInstanceOf(Error)
    expect(handled).toEqual(['/things'])
  })
  test('a cut in the middle of the body', async () => {
    with_({ path: 'things', cut: 5, times: 1 })
    expect(await readUntilCut()).toBe('{"tex')
  })
  test('a delay in platform seconds, then the real answer', async () => {
    with_({ path: 'things', delay: 5, times: 1 })
    const before = performance.now()
    expect((await call('/things')).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(45)
  })
  test('a client that leaves during the delay is not served any more', async () => {
    with_({ path: 'things', delay: 5, times: 1 })
    const call = fetch(`${url}/things`, { signal: AbortSignal.timeout(10) })
    await expect(call).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, clock.milliseconds(6)))
    expect(handled).toEqual([])
  })
  test('the emulator’s own addresses are never met', async () => {
    with_({ path: '.*', reset: true })
    expect((await call('/_emulator/nothing')).status).toBe(404)
  })
})

function readUntilCut(): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${url}/things`, { headers: { Authorization: 'Bearer secret' } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', () => resolve(text))
      response.on('end', () => reject(new Error('The body was not cut')))
    })
    call.on('error', reject).end()
  })
}
