import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lockkeeperCommand } from '../tasks/demo/project.ts'

const run = promisify(execFile)

/** The linter that the wall time is compared with. */
const squawk = 'squawk-cli@2.66.0'
/** Wall time of `check` over that of the linter, on the same files. */
const timeBound = 1.5
const memoryBound = 400 // megabytes
const rounds = 5

/** Checks generated migrations side by side with another linter, and a larger set alone for its memory. */
export async function benchCheck(): Promise<boolean> {
  const linter = await installSquawk()
  return withMigrations(2000, async (few) => {
    const ours = await fastest(() => measure(process.execPath, [lockkeeperCommand, 'check', few]))
    const theirs = await fastest(() => measure('/bin/sh', ['-c', '"$0" "$1"/*.sql > /dev/null', linter, few]))
    const ratio = ours.seconds / theirs.seconds
    const many = await withMigrations(10_000, (folder) =>
      measure(process.execPath, [lockkeeperCommand, 'check', folder]),
    )
    process.stdout.write(
      [
        'check: generated migrations of three statements each',
        `  2,000 files      ${ours.seconds.toFixed(2)} s; ${squawk} ${theirs.seconds.toFixed(2)} s`,
        `  ratio            ${ratio.toFixed(2)} (at most ${timeBound})`,
        `  10,000 files     ${many.seconds.toFixed(2)} s, ${many.megabytes.toFixed(0)} MB (at most ${memoryBound} MB)`,
        '',
      ].join('\n'),
    )
    return ratio <= timeBound && many.megabytes < memoryBound
  })
}

/** Installs the linter once, into a cache folder of this machine: it is no dependency of the project. */
async function installSquawk(): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lockkeeper-bench')
  await mkdir(folder, { recursive: true })
  await run('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, squawk])
  const { stdout } = await run('find', [
    join(folder, 'node_modules/@squawk-cli'),
    '-name',
    'squawk*',
    '-type',
    'f',
  ])
  const [program] = stdout.trim().split('\n')
  if (program === undefined || program === '') throw new Error('squawk-cli has no program for this machine.')
  return program
}

async function withMigrations<T>(count: number, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockkeeper-bench-check-'))
  try {
    for (let number = 0; number < count; number++)
      await writeFile(join(folder, `${String(number).padStart(6, '0')}_change.sql`), migration(number))
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Three statements, as they stand in real migrations: most are harmless, every tenth file has one that is not. */
function migration(number: number): string {
  const table = `items_${number % 200}`
  const last =
    number % 10 === 0
      ? `CREATE INDEX ${table}_${number} ON ${table} (field_${number});`
      : `CREATE INDEX CONCURRENTLY ${table}_${number} ON ${table} (field_${number});`
  return [
    `ALTER TABLE ${table} ADD COLUMN field_${number} text;`,
    `ALTER TABLE ${table} ADD CONSTRAINT check_${number} CHECK (length(field_${number}) < 500) NOT VALID;`,
    last,
    '',
  ].join('\n')
}

interface Measured {
  readonly seconds: number
  /** The most that was in memory at once, in millions of bytes. */
  readonly megabytes: number
}

/** Runs a program to its end. Findings make both of them end with a code of their own: any end is one. */
async function measure(file: string, parameters: readonly string[]): Promise<Measured> {
  const start = performance.now()
  const child = spawn(file, [...parameters], { stdio: 'ignore' })
  let kilobytes = 0
  const sample = setInterval(
    () => void readPeak(child.pid).then((peak) => (kilobytes = Math.max(kilobytes, peak))),
    20,
  )
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('exit', () => resolve())
      child.on('error', reject)
    })
    return { seconds: (performance.now() - start) / 1000, megabytes: (kilobytes * 1024) / 1e6 }
  } finally {
    clearInterval(sample)
  }
}

/** The peak so far of a process, in KB: the kernel keeps it, so samples that come late miss little. */
async function readPeak(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}

/** The fastest of some rounds: what the program needs, without what else the machine did meanwhile. */
async function fastest(round: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = []
  for (let left = rounds; left > 0; left--) all.push(await round())
  return all.reduce((best, one) => (one.seconds < best.seconds ? one : best))
}
