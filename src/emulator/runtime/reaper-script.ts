/**
 * The reaper's program, run by `node -e` so that it needs no compiled file beside it. Its first argument is the marker that
 * every child carries in its environment. On standard input, one line each: `+ <pid> <kind>`, `- <pid>`. When the input ends,
 * by a goodbye or by the death of the emulator, whatever is still registered or marked is ended.
 *
 * Postgres gets SIGINT (fast shutdown) and a longer time; every other process group SIGTERM and a second.
 */
export const reaperScript = String.raw`
'use strict'
const { readdirSync, readFileSync } = require('node:fs')
const marker = process.argv[1]
const groups = new Map()
const DYNO_GRACE = 1000, POSTGRES_GRACE = 5000, GIVE_UP = 15000

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

function send(pid, signal) {
  try { process.kill(pid, signal); return true } catch (error) { return error.code === 'EPERM' }
}
const target = (pid, kind) => (kind === 'postgres' ? pid : -pid)

function marked() {
  const found = []
  let names = []
  try { names = readdirSync('/proc') } catch { return found }
  for (const name of names) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    try {
      if (readFileSync('/proc/' + name + '/environ', 'latin1').split('\0').includes(marker)) found.push(Number(name))
    } catch { /* it has ended, or belongs to another user */ }
  }
  return found
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function endAll() {
  const began = Date.now()
  const terminated = new Set()
  for (const [pid, kind] of groups) send(target(pid, kind), kind === 'postgres' ? 'SIGINT' : 'SIGTERM')
  for (;;) {
    const age = Date.now() - began
    for (const [pid, kind] of groups) {
      if (!send(target(pid, kind), 0)) groups.delete(pid)
      else if (age >= (kind === 'postgres' ? POSTGRES_GRACE : DYNO_GRACE)) send(target(pid, kind), 'SIGKILL')
    }
    const strays = marked().filter((pid) => groups.get(pid) !== 'postgres')
    for (const pid of strays) {
      if (age >= DYNO_GRACE) send(pid, 'SIGKILL')
      else if (!terminated.has(pid)) { terminated.add(pid); send(pid, 'SIGTERM') }
    }
    if ((groups.size === 0 && strays.length === 0) || age >= GIVE_UP) process.exit(0)
    await pause(25)
  }
}

let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const [what, pid, kind] = line.split(' ')
    if (what === '+') groups.set(Number(pid), kind)
    if (what === '-') groups.delete(Number(pid))
  }
})
process.stdin.on('close', endAll)
`
