import { beforeEach, expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset, type Play } from '../../test/support/scripted-server.ts'
import { followLogs } from './logs.ts'

const warnings: string[] = []
const heroku = eachWithScriptedHeroku({ onWarning: (message) => warnings.push(message) })

beforeEach(() => {
  warnings.length = 0
})

const session = (createdAt = '2026-01-01T00:00:00Z'): Play =>
  json({ id: 'session', logplex_url: `${heroku.server.url}/stream`, created_at: createdAt }, 201)

/** Sends events and leaves the connection open, unless it is told to break it. */
const events = (lines: readonly string[], then?: 'end' | 'break'): Play => {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const text = lines.map((line, index) => `id: ${String(index)}\ndata: ${line}\n\n`).join('')
    response.write(text, () => {
      if (then === 'end') response.end()
      if (then === 'break') setTimeout(() => response.socket?.resetAndDestroy(), 20)
    })
  }
}

/** Follows until so many lines came. */
async function collect(count: number, options: { source?: string; dyno?: string } = {}): Promise<string[]> {
  const stop = new AbortController()
  const lines: string[] = []
  const limit = setTimeout(() => stop.abort(), 10_000)
  await followLogs(heroku.client, 'x', {
    ...options,
    signal: stop.signal,
    onLine: (line) => {
      lines.push(line)
      if (lines.length === count) stop.abort()
    },
  })
  clearTimeout(limit)
  return lines
}

const line = (second: number, text: string): string =>
  `2026-01-01T00:00:0${String(second)}.5+00:00 app[web.1]: ${text}`

test('gives the lines of the asked source and dyno', async () => {
  heroku.server.script('POST /apps/x/log-sessions', session())
  heroku.server.script('GET /stream', events([line(1, 'größe'), line(2, 'b')]))
  expect(await collect(2, { source: 'heroku', dyno: 'router' })).toEqual([line(1, 'größe'), line(2, 'b')])
  expect(JSON.parse(heroku.server.asked[0]?.body ?? '')).toEqual({
    tail: true,
    lines: 1,
    source: 'heroku',
    dyno: 'router',
  })
  expect(heroku.server.asked[1]?.headers.authorization).toBeUndefined()
})

test('opens a new session when one ends or breaks, and gives each line once', async () => {
  heroku.server.script('POST /apps/x/log-sessions', session())
  heroku.server.script(
    'GET /stream',
    events([line(1, 'a'), line(2, 'b')], 'break'),
    reset,
    events([line(1, 'a'), line(2, 'b'), line(3, 'c')], 'end'),
    events([line(3, 'c'), line(4, 'd')]),
  )
  expect(await collect(4)).toEqual([line(1, 'a'), line(2, 'b'), line(3, 'c'), line(4, 'd')])
  expect(warnings.length).toBeGreaterThan(0)
  const sessions = heroku.server.asked.filter(({ method }) => method === 'POST')
  expect(sessions).toHaveLength(4)
  expect(JSON.parse(sessions[1]?.body ?? '')).toMatchObject({ lines: 500 })
})

test('gives no line from before it began', async () => {
  heroku.server.script('POST /apps/x/log-sessions', session('2026-01-01T00:00:03Z'))
  heroku.server.script('GET /stream', events([line(1, 'old'), line(4, 'new')]))
  expect(await collect(1)).toEqual([line(4, 'new')])
})

test('ends with the error when Heroku refuses a session', async () => {
  heroku.server.script('POST /apps/x/log-sessions', json({ id: 'forbidden', message: 'No.' }, 403))
  await expect(collect(1)).rejects.toMatchObject({ status: 403 })
})

test('says when lines begin to come', async () => {
  heroku.server.script('POST /apps/x/log-sessions', session())
  heroku.server.script('GET /stream', events([]))
  const stop = new AbortController()
  await followLogs(heroku.client, 'x', {
    signal: stop.signal,
    onLine: () => undefined,
    onConnected: () => stop.abort(),
  })
})
