import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createCall, type Call } from './apps.ts'

export interface EmulatorUnderLoad {
  readonly call: Call
  /** Of the emulator's own process, in MB, after it has tidied. */
  readonly memory: () => Promise<number>
}

/** Runs an emulator as a process of its own, with a throw-away state, while `use` runs. */
export async function withEmulatorUnderLoad<T>(use: (emulator: EmulatorUnderLoad) => Promise<T>): Promise<T> {
  const child = fork(path.join(import.meta.dirname, 'serve.js'), { execArgv: ['--expose-gc'] })
  const ended = once(child, 'exit')
  try {
    const { url, token } = await nextMessage<{ url: string; token: string }>(child)
    return await use({
      call: createCall(url, token),
      async memory() {
        child.send('memory')
        return (await nextMessage<{ megabytes: number }>(child)).megabytes
      },
    })
  } finally {
    if (child.connected) child.disconnect()
    await ended
  }
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The emulator ended')
  })
  ended.catch(() => undefined)
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [T]
  return message
}
