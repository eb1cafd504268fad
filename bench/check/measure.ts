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

export interface Measured {
  readonly seconds: number
  /** The most that was in memory at once, in millions of bytes. */
  readonly megabytes: number
}

const rounds = 7

/**
 * The fastest run of each program: what it needs, without what else the machine did meanwhile. They take turns, so that a busy
 * stretch of time meets both.
 */
export async function compare(ours: Command, theirs: Command): Promise<{ ours: Measured; theirs: Measured }> {
  const all: { ours: Measured; theirs: Measured }[] = []
  while (all.length < rounds) all.push({ ours: await measure(ours), theirs: await measure(theirs) })
  return { ours: fastest(all.map((pair) => pair.ours)), theirs: fastest(all.map((pair) => pair.theirs)) }
}

function fastest(all: readonly Measured[]): Measured {
  return all.reduce((best, one) => (one.seconds < best.seconds ? one : best))
}

/** Runs a program to its end. Throws when it ends in another way than expected: what failed early is not fast. */
export async function measure({ file, parameters, options, expected }: Command): Promise<Measured> {
  const start = performance.now()
  const child = spawn(file, [...parameters], { ...options, stdio: 'ignore' })
  let kilobytes = 0
  const sample = setInterval(
    () => void readPeak(child.pid).then((peak) => (kilobytes = Math.max(kilobytes, peak))),
    20,
  )
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('exit', resolve)
      child.on('error', reject)
    })
    const seconds = (performance.now() - start) / 1000
    if (code === null || !expected.includes(code))
      throw new Error(`${file} ${parameters.slice(0, 3).join(' ')} ended with ${String(code)}.`)
    return { seconds, megabytes: (kilobytes * 1024) / 1e6 }
  } finally {
    clearInterval(sample)
  }
}

/** The peak so far of a process, in KB: the kernel keeps it, so samples that come late miss little. */
async function readPeak(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}
