import { setTimeout as sleep } from 'node:timers/promises'

const interval = 20 // milliseconds

/** Waits for a condition; fails after `deadline` seconds. */
export async function until(condition: () => boolean | Promise<boolean>, deadline = 30): Promise<void> {
  const end = Date.now() + deadline * 1000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`The condition did not come true within ${deadline} s.`)
    await sleep(interval)
  }
}
