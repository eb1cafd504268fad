import { expect, test } from 'vitest'
import type { Clock } from '../platform.ts'
import { createLogs } from './logs.ts'

const clock: Clock = {
  timeScale: 1,
  milliseconds: (seconds) => seconds * 1_000,
  sleep: () => Promise.resolve(),
  now: () => '2026-01-01T00:00:00.000Z',
}

test('keeps the newest 1,500 lines of an app, numbered in order', () => {
  const logs = createLogs(clock)
  for (let n = 1; n <= 4_000; n++) logs.write('a', 'app', 'web.1', `line ${n}`)
  const lines = logs.recent('a', {})
  expect(lines).toHaveLength(1_500)
  expect(lines.at(0)?.message).toBe('line 2501')
  expect(lines.at(-1)).toEqual({
    id: 4_000,
    at: '2026-01-01T00:00:00.000Z',
    source: 'app',
    dyno: 'web.1',
    message: 'line 4000',
  })
})

test('filters by source, by dyno, by type and by number of lines', () => {
  const logs = createLogs(clock)
  logs.write('a', 'app', 'web.1', 'one')
  logs.write('a', 'heroku', 'web.1', 'two')
  logs.write('a', 'app', 'web.10', 'three')
  logs.write('a', 'app', 'worker.1', 'four')
  logs.write('b', 'app', 'web.1', 'of another app')
  const messages = (filter: Parameters<typeof logs.recent>[1]) =>
    logs.recent('a', filter).map((line) => line.message)
  expect(messages({ source: 'app' })).toEqual(['one', 'three', 'four'])
  expect(messages({ dyno: 'web.1' })).toEqual(['one', 'two'])
  expect(messages({ dyno: 'web' })).toEqual(['one', 'two', 'three'])
  expect(messages({ lines: 2 })).toEqual(['three', 'four'])
  expect(messages({ lines: 0 })).toEqual([])
  expect(logs.recent('unknown', {})).toEqual([])
})

test('a follower sees each new line of its filter until it ends', () => {
  const logs = createLogs(clock)
  const seen: string[] = []
  const stop = logs.follow('a', { dyno: 'router' }, (line) => seen.push(line.message))
  logs.write('a', 'heroku', 'router', 'first')
  logs.write('a', 'app', 'web.1', 'not followed')
  stop()
  logs.write('a', 'heroku', 'router', 'too late')
  expect(seen).toEqual(['first'])
})
