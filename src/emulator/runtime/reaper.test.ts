import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'
import { processLives } from '../../../test/support/process-lives.ts'
import { withTypeScriptProcess } from '../../../test/support/run-typescript.ts'
import { until } from '../../../test/support/runtime.ts'
import { startReaper, type Reaper } from './reaper.ts'

const doomedEmulator = path.resolve(import.meta.dirname, '../../../test/support/doomed-emulator.ts')

function startChild(reaper: Reaper, command: string): number {
  const environment = { ...process.env, ...reaper.environment }
  const child = spawn('sh', ['-c', command], { detached: true, stdio: 'ignore', env: environment })
  return child.pid ?? 0
}

test.runIf(process.platform === 'linux')('kill -9 of the emulator leaves no process behind', () =>
  withTypeScriptProcess(doomedEmulator, async (child) => {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    const { pids, reaper } = JSON.parse(line.toString()) as { pids: number[]; reaper: number }
    // The server, three kinds of children, the stubborn one with its child, the unregistered one and the Postgres.
    expect(pids.length).toBeGreaterThanOrEqual(8)
    expect(pids.every(processLives)).toBe(true)
    child.kill('SIGKILL')
    await until('all gone', () => !pids.some(processLives))
    await until('the reaper gone, too', () => !processLives(reaper))
  }),
)

test('a clean end takes along what is still registered or only marked', async () => {
  const reaper = startReaper()
  const registered = startChild(reaper, 'sleep 1000')
  const marked = startChild(reaper, 'sleep 1000')
  reaper.register(registered, 'dyno')
  const { pid = 0 } = reaper
  await reaper.close()
  expect(processLives(registered)).toBe(false)
  if (process.platform === 'linux') expect(processLives(marked)).toBe(false)
  else process.kill(-marked, 'SIGKILL')
  expect(processLives(pid)).toBe(false)
  await reaper.close()
})

test('leaves alone what was unregistered and carries no marker', async () => {
  const reaper = startReaper()
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  const pid = child.pid ?? 0
  reaper.register(pid, 'build')
  reaper.unregister(pid)
  await reaper.close()
  expect(processLives(pid)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('a reaper that is killed is replaced by one that knows the same children', async () => {
  const reaper = startReaper()
  const child = startChild(reaper, 'sleep 1000')
  reaper.register(child, 'dyno')
  const first = reaper.pid ?? 0
  await until('started', () => processLives(first))
  process.kill(first, 'SIGKILL')
  await until('replaced', () => reaper.pid !== undefined && reaper.pid !== first)
  expect(processLives(child)).toBe(true)
  await reaper.close()
  expect(processLives(child)).toBe(false)
})
