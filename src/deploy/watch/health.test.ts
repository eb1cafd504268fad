import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTiming } from '../../config/timing.ts'
import { judgeAnswer, waitUntilHealthy } from './health.ts'

const check = { path: '/health', status: 200, every: 1, deadline: 20, timeout: 10, consecutive: 2 }

describe('judgeAnswer', () => {
  test('a status alone', () => {
    expect(judgeAnswer(check, 200, '')).toBeNull()
    expect(judgeAnswer(check, 503, '')).toBe('status 503 instead of 200')
  })

  test('a text in the body', () => {
    expect(judgeAnswer({ ...check, text: 'all good' }, 200, '<p>all good</p>')).toBeNull()
    expect(judgeAnswer({ ...check, text: 'all good' }, 200, 'sorry')).toBe('a body without "all good"')
  })

  test.each([
    ['{"status":{"database":"ok"}}', null],
    ['{"status":{"database":"down"}}', 'status.database = "down" instead of "ok"'],
    ['{"status":null}', 'status.database = nothing instead of "ok"'],
    ['<html>', 'a body that is not JSON'],
  ])('a JSON value in %s', (body, wrong) => {
    expect(judgeAnswer({ ...check, json: { path: 'status.database', equals: 'ok' } }, 200, body)).toBe(wrong)
  })
})

describe('waitUntilHealthy', () => {
  const timing = createTiming(0.01)

  async function against(statuses: number[]): Promise<{ wrong: string | null; asked: number }> {
    let asked = 0
    const server = createServer((_request, response) => {
      response.statusCode = statuses[Math.min(asked++, statuses.length - 1)] ?? 200
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const wrong = await waitUntilHealthy(
        `http://127.0.0.1:${port}/`,
        check,
        timing,
        new AbortController().signal,
      )
      return { wrong, asked }
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  test('wants good answers in a row', async () => {
    expect(await against([200, 500, 200, 200])).toEqual({ wrong: null, asked: 4 })
  })

  test('says what was answered last when the deadline has passed', async () => {
    expect((await against([500])).wrong).toBe('status 500 instead of 200')
  })

  test('no answer at all is not healthy', async () => {
    const wrong = await waitUntilHealthy('http://127.0.0.1:1/', check, timing, new AbortController().signal)
    expect(wrong).toMatch(/^no answer/)
  })
})
