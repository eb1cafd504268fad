import { readFileSync } from 'node:fs'

/** Whether a process runs; one that has ended but was not yet collected by its parent does not. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
