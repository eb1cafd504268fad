/** The emulator as a process of its own, so that its work and the load's do not wait for each other. */
import { startEmulator, type EmulatorOptions } from '../../src/emulator/index.ts'

process.once('message', (options: EmulatorOptions) => {
  run(options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  })
})

async function run(options: EmulatorOptions): Promise<void> {
  const emulator = await startEmulator(options)
  const { url, token, environment } = emulator
  const ended = new Promise<void>((resolve) => {
    process.once('disconnect', resolve)
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  process.send?.({ url, token, environment })
  await ended
  await emulator.close()
  if (process.connected) process.disconnect()
}
