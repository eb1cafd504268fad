import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

export interface EmulatorProcess {
  /** What the emulator prints to export. */
  readonly environment: Readonly<Record<string, string>>
  /** kill -9; resolves when the process has gone. */
  readonly kill: () => Promise<void>
}

const startDeadline = 60_000
/** Shrinks the platform's waits, and leaves a busy machine time to boot a dyno: 60 s become 12. */
const timeScale = '0.2'

/** Runs `lockkeeper emulator` as a person would, with its state in `state` and its log in `logFile`, while `use` runs. */
export async function withEmulatorProcess<T>(
  state: string,
  logFile: string,
  use: (emulator: EmulatorProcess) => Promise<T>,
): Promise<T> {
  const child = spawn(
    process.execPath,
    ['bin/lockkeeper.js', 'emulator', '--state', state, '--time-scale', timeScale],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = once(child, 'exit')
  const log = createWriteStream(logFile)
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  try {
    return await use({
      environment: await readExports(child.stdout),
      async kill() {
        child.kill('SIGKILL')
        await ended
      },
    })
  } finally {
    child.kill('SIGTERM')
    await ended
    log.end()
  }
}

async function readExports(stdout: NodeJS.ReadableStream): Promise<Record<string, string>> {
  let text = ''
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The emulator did not start in time')), startDeadline)
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (!text.includes('# Ready')) return
      clearTimeout(timer)
      resolve()
    })
    stdout.once('end', () => reject(new Error(`The emulator ended:\n${text}`)))
  })
  await ready
  const lines = [...text.matchAll(/^export (\w+)=(.*)$/gm)]
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value.replace(/^'|'$/g, '')]))
}
