import { describe, expect, test } from 'vitest'
import { createTiming } from './timing.ts'

describe('platform time', () => {
  test('shrinks with the scale, to whole milliseconds', () => {
    expect(createTiming(1).milliseconds(2)).toBe(2000)
    expect(createTiming(0.07).milliseconds(10)).toBe(Math.ceil(700.0000000000001))
    expect(Number.isInteger(createTiming(0.013).milliseconds(3.3))).toBe(true)
  })

  test('passes a deadline once', async () => {
    const timing = createTiming(0.01)
    const deadline = timing.deadline(5)
    expect(deadline.passed).toBe(false)
    expect(deadline.remaining()).toBeGreaterThan(0)
    expect(deadline.remaining()).toBeLessThanOrEqual(5)
    await timing.sleep(6)
    expect(deadline.passed).toBe(true)
    expect(deadline.remaining()).toBe(0)
    expect(deadline.remainingMilliseconds()).toBe(0)
  })
})

describe('a sleep', () => {
  const timing = createTiming(1)

  test('ends with the reason of its signal', async () => {
    const stop = new AbortController()
    const sleeping = timing.sleep(3600, stop.signal)
    stop.abort(new Error('told to stop'))
    await expect(sleeping).rejects.toThrow('told to stop')
    await expect(timing.sleep(3600, stop.signal)).rejects.toThrow('told to stop')
  })

  test('ends with an error whatever the reason is', async () => {
    await expect(timing.sleep(3600, AbortSignal.abort('word'))).rejects.toThrow('The wait was cancelled.')
  })
})
