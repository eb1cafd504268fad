import fetch from 'node-fetch'
import type { HealthCheck } from '../../config/config.ts'
import type { Timing } from '../../config/timing.ts'
import { startTimeLimit } from '../../heroku/time-limit.ts'

/** Null when the answer is as asked; else a clause that says what was answered instead. */
export type HealthJudge = (check: HealthCheck, status: number, body: string) => string | null

/** A status alone proves little, because a broken query can answer 200: text or a JSON value can be demanded. */
export const judgeAnswer: HealthJudge = (check, status, body) => {
  if (status !== check.status) return `status ${status} instead of ${check.status}`
  if (check.text !== undefined && !body.includes(check.text))
    return `a body without ${JSON.stringify(check.text)}`
  if (check.json === undefined) return null
  const { path, equals } = check.json
  const found = valueAt(body, path)
  if (found instanceof SyntaxError) return 'a body that is not JSON'
  return JSON.stringify(found) === JSON.stringify(equals)
    ? null
    : `${path} = ${JSON.stringify(found) ?? 'nothing'} instead of ${JSON.stringify(equals)}`
}

function valueAt(body: string, path: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    return error
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/**
 * Repeats the request until it was answered well `check.consecutive` times in a row.
 * Resolves with null, or after `check.deadline` seconds with a clause that says what was wrong last.
 */
export async function waitUntilHealthy(
  webUrl: string,
  check: HealthCheck,
  timing: Timing,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = timing.deadline(check.deadline)
  let wrong = 'no answer'
  for (let good = 0; ;) {
    const answer = await ask(webUrl, check, timing, signal)
    good = answer === null ? good + 1 : 0
    wrong = answer ?? wrong
    if (good >= check.consecutive) return null
    if (deadline.passed) return wrong
    await timing.sleep(check.every, signal)
  }
}

async function ask(
  webUrl: string,
  check: HealthCheck,
  timing: Timing,
  signal: AbortSignal,
): Promise<string | null> {
  const limit = startTimeLimit(Math.max(1000, timing.milliseconds(check.timeout)), [signal])
  try {
    const response = await fetch(new URL(check.path, webUrl), {
      signal: limit.signal,
      redirect: 'manual',
      headers: { 'user-agent': 'lockkeeper health check' },
    })
    return judgeAnswer(check, response.status, await response.text())
  } catch (error) {
    if (signal.aborted) throw error
    return limit.reached
      ? `no answer within ${check.timeout} seconds`
      : `no answer (${(error as Error).message})`
  } finally {
    limit.end()
  }
}
