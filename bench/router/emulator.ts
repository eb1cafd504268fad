import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createCall, type Call } from './apps.ts'

export interface EmulatorUnderLoad {
  readonly call: Call
  /** Of the emulator's own process, in MB, after it had time to tidy; undefined where the system does not tell. */
  readonly memory: () => Promise<number | undefined>
}

/** Runs an emulator as a process of its own, with a throw-away state, while `use` runs. */
export async function withEmulatorUnderLoad<T>(use: (emulator: EmulatorUnderLoad) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, ['bin/lockkeeper.js', 'emulator'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  try {
    const exported = await readExports(child.stdout)
    return await use({
      call: createCall(exported['HEROKU_HOST'] ?? '', exported['HEROKU_API_KEY'] ?? ''),
      memory: () => residentMegabytes(child.pid ?? 0),
    })
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function readExports(stdout: NodeJS.ReadableStream): Promise<Record<string, string>> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    // Goes on reading afterwards: the log comes the same way.
    stdout.on('data', (chunk: Buffer) => {
      if (text.includes('# Ready')) return
      text += chunk.toString()
      if (text.includes('# Ready')) resolve()
    })
    stdout.once('end', () => reject(new Error(`The emulator ended:\n${text}`)))
  })
  const lines = [...text.matchAll(/^export (\w+)=(.*)$/gm)]
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]))
}

async function residentMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}
