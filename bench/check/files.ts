import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lockkeeperCommand } from '../../tasks/demo/project.ts'
import { compare, measureMemory, type Command } from './measure.ts'

const run = promisify(execFile)

/** The linter that the wall time is compared with. */
const squawk = 'squawk-cli@2.66.0'
/** Wall time of `check` over that of the linter, on the same files. */
const timeBound = 1.5
const memoryBound = 400 // megabytes

/** Checks generated migrations side by side with another linter, and a larger set alone for its memory. */
export async function benchFiles(): Promise<boolean> {
  const linter = await installSquawk()
  const { ours, theirs } = await withMigrations(2000, (few) => compare(check(few), lint(linter, few)))
  const memory = await withMigrations(10_000, (folder) => measureMemory(check(folder)))
  const ratio = ours / theirs
  process.stdout.write(
    [
      'check: generated migrations of three statements each',
      `  2,000 files      ${ours.toFixed(2)} s; ${squawk} ${theirs.toFixed(2)} s`,
      `  ratio            ${ratio.toFixed(2)} (at most ${timeBound})`,
      `  10,000 files     ${memory.toFixed(0)} MB (at most ${memoryBound} MB)`,
      '',
    ].join('\n'),
  )
  return ratio <= timeBound && memory < memoryBound
}

/** Some of the migrations are unsafe. */
function check(folder: string): Command {
  return { file: process.execPath, parameters: [lockkeeperCommand, 'check', folder], expected: [3] }
}

/** As its users run it: the command that npm installs, on all files at once. */
function lint(linter: string, folder: string): Command {
  return { file: '/bin/sh', parameters: ['-c', 'exec "$0" "$1"/*.sql', linter, folder], expected: [1] }
}

/** Installs the linter once, into a cache folder of this machine: it is no dependency of the project. */
async function installSquawk(): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lockkeeper-bench')
  await mkdir(folder, { recursive: true })
  await run('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, squawk])
  return join(folder, 'node_modules', '.bin', 'squawk')
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
  const concurrently = number % 10 === 0 ? '' : ' CONCURRENTLY'
  return [
    `ALTER TABLE ${table} ADD COLUMN field_${number} text;`,
    `ALTER TABLE ${table} ADD CONSTRAINT check_${number} CHECK (length(field_${number}) < 500) NOT VALID;`,
    `CREATE INDEX${concurrently} ${table}_${number} ON ${table} (field_${number});`,
    '',
  ].join('\n')
}
