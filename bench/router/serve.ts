/** A process of its own that is an emulator. Tells its parent where it is, and its memory when it is asked; ends with the channel. */
import { startEmulator } from '../../src/emulator/index.ts'

const emulator = await startEmulator()
process.send?.({ url: emulator.url, token: emulator.token })
// Room for what was made once and is garbage now: only what the dynos keep should count.
process.on('message', () => {
  globalThis.gc?.()
  process.send?.({ megabytes: process.memoryUsage().rss / 1024 / 1024 })
})
process.once('disconnect', () => void emulator.close())
