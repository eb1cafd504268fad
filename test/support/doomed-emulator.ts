/**
 * Run as a process of its own and killed: a runtime with a dyno that has children inside and outside its process group, one
 * that ignores SIGTERM, a child that was started but never registered, and something registered as Postgres. Prints the ids of
 * all of them, and of the reaper, as one line of JSON.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { startReaper } from '../../src/emulator/runtime/reaper.ts'
import { createTestRuntime } from './runtime.ts'

const [, , directory = ''] = process.argv
const reaper = startReaper()
const { runtime, ...test } = createTestRuntime(directory, reaper, {})
const app = await test.app({
  processTypes: {
    web: `sleep 1001 & env -i /bin/sleep 1002.${process.pid} & setsid sleep 1003 & node server.cjs`,
    stubborn: 'trap "" TERM; while true; do sleep 1; done',
  },
  quantities: { web: 1, stubborn: 1 },
})
await runtime.apply(app, 'release')
while (runtime.dynos(app).some((dyno) => dyno.state !== 'up')) await wait(10)

const options = { detached: true, stdio: 'ignore', env: { ...process.env, ...reaper.environment } } as const
const unregistered = spawn('sleep', ['1004'], options)
const postgres = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options)
reaper.register(postgres.pid ?? 0, 'postgres')

/** The marked ones and the one whose environment is empty. */
function children(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(
          reaper.environment.LOCKKEEPER_EMULATOR,
        )
        return (
          marked || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`sleep\u00001002.${process.pid}`)
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

const pids = children()
process.stdout.write(
  `${JSON.stringify({ pids, reaper: reaper.pid, unregistered: unregistered.pid, port: app.routerPort })}\n`,
)
await wait(600_000)
