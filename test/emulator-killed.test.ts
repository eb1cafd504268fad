import { expect, test } from 'vitest'
import { waitUntil } from '../tasks/demo/platform.ts'
import { listProcesses } from './support/processes.ts'
import { withWorld } from './support/world.ts'

test.skipIf(process.platform !== 'linux')('kill -9 of the emulator leaves no process behind', async () => {
  await withWorld({}, async (world) => {
    const { pid } = world.emulator
    const own = (await listProcesses()).find((running) => running.pid === pid)
    expect(own).toBeDefined()
    const databasePort = new URL(world.databaseUrl ?? '').port
    const dynos = async () =>
      (await listProcesses()).filter(
        ({ environment, commandLine }) =>
          environment.includes(`DATABASE_URL=${world.databaseUrl}`) ||
          commandLine.includes(`-p ${databasePort}`),
      )
    expect((await dynos()).length).toBeGreaterThan(1)
    process.kill(pid, 'SIGKILL')
    await waitUntil('nothing of the emulator runs', 30_000, async () => (await dynos()).length === 0)
  })
})
