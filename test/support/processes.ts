import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Collects the argument list of every process of this machine, again and again, until it is stopped. */
export function watchProcesses(): { stop(): Promise<ReadonlySet<string>> } {
  const commandLines = new Set<string>()
  let watching = true
  const done = (async () => {
    while (watching) {
      for (const { commandLine } of await listProcesses()) commandLines.add(commandLine)
      await sleep(20)
    }
  })()
  return {
    async stop() {
      watching = false
      await done
      return commandLines
    },
  }
}

export interface RunningProcess {
  readonly pid: number
  readonly commandLine: string
  /** NAME=value, as they were when it started. Empty when it belongs to somebody else. */
  readonly environment: readonly string[]
}

/** The processes of this machine; without /proc (on macOS) none. */
export async function listProcesses(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const processes = await Promise.all(pids.map(readProcess))
  return processes.filter((found) => found !== null)
}

async function readProcess(pid: string): Promise<RunningProcess | null> {
  const read = async (file: string) =>
    (await readFile(`/proc/${pid}/${file}`, 'utf8')).replaceAll('\0', '\n').trim()
  try {
    const commandLine = await read('cmdline')
    const environment = await read('environ').catch(() => '')
    return {
      pid: Number(pid),
      commandLine: commandLine.replaceAll('\n', ' '),
      environment: environment.split('\n'),
    }
  } catch {
    // It has ended since it was listed.
    return null
  }
}
