import { readdirSync, readFileSync } from 'node:fs'

/** Sends a signal to every process of a group; false when no process is left in it. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether a process of the group still runs. A process that has ended but was not collected by its parent does not count:
 * in a container whose first process collects nothing, such remains stay for ever.
 */
export function groupLives(group: number): boolean {
  if (!signalGroup(group, 0)) return false
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && belongs(name, group))
}

function belongs(pid: string, group: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // pid (command) state parent group ...; the command may hold spaces and parentheses.
    const [state, , pgrp] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return Number(pgrp) === group && state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}
