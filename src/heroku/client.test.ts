import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connectClient } from '../../test/support/heroku-client.ts'
import {
  cut,
  json,
  reset,
  silence,
  startScriptedServer,
  type ScriptedServer,
} from '../../test/support/scripted-server.ts'
import { UsageError } from '../errors.ts'
import type { ClientOptions, HerokuClient } from './client.ts'
import { HerokuApiError, HerokuUncertainError, HerokuUnreachableError } from './errors.ts'

const thing = z.object({ id: z.string() })
let server: ScriptedServer
const clients: HerokuClient[] = []

function connect(options: Partial<ClientOptions> = {}): HerokuClient {
  const client = connectClient(server.url, options)
  clients.push(client)
  return client
}

beforeEach(async () => {
  server = await startScriptedServer()
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await server.close()
})

describe('one call', () => {
  test('carries the key, the version and the body', async () => {
    server.script('PATCH /apps/x', json({ id: 'x' }))
    await connect().request('PATCH', '/apps/x', { body: { name: 'größe' }, expect: thing })
    const [asked] = server.asked
    expect(asked?.headers.authorization).toBe('Bearer token-of-the-test')
    expect(asked?.headers.accept).toBe('application/vnd.heroku+json; version=3')
    expect(asked?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(asked?.body ?? '')).toEqual({ name: 'größe' })
  })

  test('keeps characters whole that arrive in two chunks', async () => {
    const bytes = Buffer.from(JSON.stringify({ id: 'überführt 🚢' }))
    server.script('GET /thing', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(bytes.subarray(0, 8))
      setImmediate(() => response.end(bytes.subarray(8)))
    })
    expect((await connect().request('GET', '/thing', { expect: thing })).id).toBe('überführt 🚢')
  })

  test('names the call and the field when the answer has another form', async () => {
    server.script('GET /thing', json({ id: 7 }))
    await expect(connect().request('GET', '/thing', { expect: thing })).rejects.toThrow(
      /GET \/thing in another form than expected: id: /,
    )
    expect(server.asked).toHaveLength(1)
  })

  test("gives Heroku's own name and words for an error", async () => {
    server.script('GET /thing', json({ id: 'not_found', message: "Couldn't find that app." }, 404))
    const error: unknown = await connect()
      .request('GET', '/thing')
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HerokuApiError)
    expect(error).toMatchObject({ status: 404, id: 'not_found', exitCode: 7 })
    expect(String(error)).toContain("Couldn't find that app.")
  })

  test('says what to do about a rejected key, without the key', async () => {
    server.script('GET /account', json({ id: 'unauthorized', message: 'Invalid credentials.' }, 401))
    const error: unknown = await connect()
      .request('GET', '/account')
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ status: 401, exitCode: 7 })
    expect(String(error)).toContain('The API key was rejected')
    expect(String(error)).not.toContain('token-of-the-test')
    expect(server.asked).toHaveLength(1)
  })

  test('passes a warning of Heroku on once', async () => {
    server.script('GET /thing', json({ id: 'x' }, 200, { 'x-heroku-warning': 'Old stack.' }))
    const warnings: string[] = []
    const client = connect({ onWarning: (message) => warnings.push(message) })
    await client.request('GET', '/thing')
    await client.request('GET', '/thing')
    expect(warnings).toEqual(['Heroku says: Old stack.'])
  })

  test('is never made in clear text to another machine', () => {
    expect(() => connect({ dataUrl: 'http://api.data.heroku.com:5000' })).toThrow(UsageError)
  })
})

describe('what is safe to repeat', () => {
  test.each([
    ['500', json({ id: 'internal', message: 'Oops.' }, 500)],
    ['503 without JSON', (response: Parameters<typeof reset>[0]) => response.writeHead(503).end('<html>')],
    ['a reset connection', reset],
    ['an answer cut by length', cut('{"id":')],
    [
      'an answer cut in its JSON',
      (response: Parameters<typeof reset>[0]) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"x'),
    ],
  ])('a GET is repeated after %s', async (_name, trouble) => {
    server.script('GET /thing', trouble, trouble, json({ id: 'x' }))
    expect(await connect().request('GET', '/thing', { expect: thing })).toEqual({ id: 'x' })
    expect(server.asked).toHaveLength(3)
  })

  test('429 is waited out as long as Retry-After says, a POST as well', async () => {
    const limited = json({ id: 'rate_limit', message: 'Slow down.' }, 429, { 'retry-after': '20' })
    server.script('POST /things', limited, json({ id: 'x' }, 201))
    const start = performance.now()
    expect(await connect().request('POST', '/things', { expect: thing })).toEqual({ id: 'x' })
    expect(performance.now() - start).toBeGreaterThanOrEqual(195)
  })

  test('a silent server counts as unreachable after the deadline, with the last error', async () => {
    server.script('GET /thing', silence)
    const client = connect({ callTimeout: 0.05 })
    const error: unknown = await client
      .request('GET', '/thing', { deadline: 20 })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HerokuUnreachableError)
    expect(String(error)).toMatch(/GET \/thing failed \d+ times, at last with: no answer within 0.05 seconds/)
    expect(server.asked.length).toBeGreaterThan(1)
  })

  test('an error that stays is given up with its own status', async () => {
    server.script('GET /thing', json({ id: 'internal', message: 'Oops.' }, 500))
    await expect(connect().request('GET', '/thing', { deadline: 3 })).rejects.toMatchObject({ status: 500 })
  })

  test('a port where nobody listens is unreachable and no defect', async () => {
    const { url } = server
    await server.close()
    const client = connect({ apiUrl: url })
    await expect(client.request('POST', '/things', { deadline: 2 })).rejects.toBeInstanceOf(
      HerokuUnreachableError,
    )
    server = await startScriptedServer()
  })

  test('an aborted run stops at once', async () => {
    server.script('GET /thing', silence)
    const stop = new AbortController()
    const asking = connect({ signal: stop.signal }).request('GET', '/thing')
    setTimeout(() => stop.abort(), 30)
    await expect(asking).rejects.toThrow()
    expect(server.asked.length).toBeLessThanOrEqual(1)
  })
})

describe('a POST that creates', () => {
  test.each([
    ['500', json({ id: 'internal', message: 'Oops.' }, 500)],
    ['a reset', reset],
    ['a cut answer', cut('{"id"')],
  ])('is not repeated after %s: nobody knows whether it took effect', async (_name, trouble) => {
    server.script('POST /things', trouble)
    await expect(connect().request('POST', '/things', { expect: thing })).rejects.toBeInstanceOf(
      HerokuUncertainError,
    )
    expect(server.asked).toHaveLength(1)
  })

  test('is not repeated when its effect is found', async () => {
    server.script('POST /things', reset)
    const find = async () => ({ id: 'found' })
    expect(await connect().request('POST', '/things', { expect: thing, repeat: { find } })).toEqual({
      id: 'found',
    })
    expect(server.asked).toHaveLength(1)
  })

  test('is repeated when no effect is found', async () => {
    server.script('POST /things', reset, json({ id: 'second' }, 201))
    const find = async () => undefined
    expect(await connect().request('POST', '/things', { expect: thing, repeat: { find } })).toEqual({
      id: 'second',
    })
  })

  test('takes a connection of its own, so that a stale one cannot fail it', async () => {
    server.script('GET /thing', json({ id: 'x' }))
    server.script('POST /things', json({ id: 'x' }, 201))
    const client = connect()
    await client.request('GET', '/thing')
    await client.request('POST', '/things')
    expect(server.asked.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'close'])
  })
})

describe('a list', () => {
  const page = (ids: string[], next?: string) =>
    json(
      ids.map((id) => ({ id })),
      next ? 206 : 200,
      next ? { 'next-range': next } : {},
    )

  test('is read to its end by the ranges that Heroku gives', async () => {
    server.script('GET /things', page(['a', 'b'], 'id ]b..; max=2'), page(['c']))
    const items = await connect().list('/things', { item: thing, range: 'id ..; max=2' })
    expect(items.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(server.asked.map(({ headers }) => headers.range)).toEqual(['id ..; max=2', 'id ]b..; max=2'])
  })

  test('is left when there is enough', async () => {
    server.script('GET /things', page(['a', 'b'], 'id ]b..'))
    const items = await connect().list('/things', { item: thing, enough: (read) => read.length >= 2 })
    expect(items).toHaveLength(2)
  })

  test('that never ends is an error', async () => {
    server.script('GET /things', page(['a'], 'id ]a..'))
    await expect(connect().list('/things', { item: thing, pages: 3 })).rejects.toThrow(/after 3 pages/)
    expect(server.asked).toHaveLength(3)
  })
})
