import { spawn, type SpawnOptions } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** A program as it is started: without a shell, its output thrown away. */
export interface Command {
  readonly file: string
  readonly parameters: readonly string[]
  readonly options?: Pick<SpawnOptions, 'cwd' | 'env'>
  /** The exit codes of a run that did its work. */
  readonly expected: readonly number[]
}

const rounds = 15

/**
 * The seconds of the fastest run of each program: what it needs, without what else the machine did meanwhile. They take turns, so that a
 * busy stretch of time meets both, and nothing but the one that is measured runs.
 */
export async function compare(ours: Command, theirs: Command): Promise<{ ours: number; theirs: number }> {
  const best = { ours: Infinity, theirs: Infinity }
  for (let left = rounds; left > 0; left--) {
    best.ours = Math.min(best.ours, await secondsOf(ours))
    best.theirs = Math.min(best.theirs, await secondsOf(theirs))
  }
  return best
}

async function secondsOf(command: Command): Promise<number> {
  const start = performance.now()
  await runToEnd(command)
  return (performance.now() - start) / 1000
}

/** What a program has in memory at once, at most: in millions of bytes. */
export async function measureMemory(command: Command): Promise<number> {
  let kilobytes = 0
  let sampling: NodeJS.Timeout | undefined
  const sample = async (pid: number) => (kilobytes = Math.max(kilobytes, await readPeak(pid)))
  try {
    await runToEnd(command, (pid) => (sampling = setInterval(() => void sample(pid), 20)))
  } finally {
    clearInterval(sampling)
  }
  return (kilobytes * 1024) / 1e6
}

/** Throws when the program ends in another way than expected: what failed early is not fast. */
async function runToEnd(
  { file, parameters, options, expected }: Command,
  onStart?: (pid: number) => void,
): Promise<void> {
  const child = spawn(file, [...parameters], { ...options, stdio: 'ignore' })
  if (child.pid !== undefined) onStart?.(child.pid)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('exit', resolve)
    child.on('error', reject)
  })
  if (code === null || !expected.includes(code))
    throw new Error(`${file} ${parameters.slice(0, 3).join(' ')} ended with ${String(code)}.`)
}

/** The peak so far of a process, in KB: the kernel keeps it, so samples that come late miss little. */
async function readPeak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}
