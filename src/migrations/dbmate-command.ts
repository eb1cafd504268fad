import { access, copyFile, mkdtemp, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { isLoopback } from '../postgres/connection-settings.ts'
import { withoutSecrets } from '../postgres/connection.ts'
import { runCommand, type CommandResult } from './command.ts'
import type { MigrationContext, RunOptions } from './types.ts'

export interface DbmateRun {
  readonly verb: 'migrate' | 'rollback'
  /** The one migration that dbmate shall see, so that it can run no other. */
  readonly fileName: string
  /** Seconds that a statement may wait for a lock. */
  readonly lockTimeout: number
  /** What pg_stat_activity shows of it. */
  readonly applicationName: string
  /** Seconds. */
  readonly deadline: number
}

export interface DbmateResult extends CommandResult {
  /** The last lines that it printed, free of secrets. */
  readonly output: string
}

const outputLines = 40

/** Runs dbmate on a copy of one migration, in a temporary folder, so that nothing of the project is read or written. */
export async function runDbmate(
  context: MigrationContext & { readonly url: string },
  run: DbmateRun,
  { onOutput, signal }: RunOptions,
): Promise<DbmateResult> {
  const file = await findDbmate(context.directory)
  const folder = await mkdtemp(join(tmpdir(), 'lockkeeper-dbmate-'))
  try {
    await copyFile(
      join(context.directory, context.config.migrations.directory, run.fileName),
      join(folder, run.fileName),
    )
    const lines: string[] = []
    const result = await runCommand({
      file,
      arguments: dbmateArguments(run.verb, folder, context.config.migrations.table),
      cwd: folder,
      environment: {
        DATABASE_URL: dbmateUrl(context.url, run),
        DBMATE_WAIT: 'false',
        DBMATE_STRICT: 'false',
      },
      deadline: run.deadline,
      signal,
      onLine: (line) => {
        const clean = withoutSecrets(context.url, line)
        lines.push(clean)
        if (lines.length > outputLines) lines.shift()
        onOutput?.(`${clean}\n`)
      },
    })
    return { ...result, output: lines.join('\n') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function dbmateArguments(verb: DbmateRun['verb'], folder: string, table: string): string[] {
  return [
    '--no-dump-schema',
    '--env',
    'DATABASE_URL',
    '--migrations-dir',
    folder,
    '--migrations-table',
    table,
    verb,
  ]
}

// Parameters that only node-postgres knows: dbmate would send them to the server, which refuses them.
const foreignParameters = ['ssl', 'uselibpqcompat']

/** The connection string for dbmate: TLS as the host demands, and the session's settings as start-up parameters. */
export function dbmateUrl(
  url: string,
  { lockTimeout, applicationName }: Pick<DbmateRun, 'lockTimeout' | 'applicationName'>,
): string {
  const address = new URL(url)
  const { searchParams } = address
  const mode = searchParams.get('sslmode') ?? (isLoopback(address) ? 'disable' : 'require')
  for (const parameter of foreignParameters) searchParams.delete(parameter)
  searchParams.set('sslmode', mode === 'no-verify' ? 'require' : mode)
  searchParams.set('lock_timeout', String(Math.ceil(lockTimeout * 1000)))
  searchParams.set('application_name', applicationName)
  return address.href
}

/** The project's own dbmate, or the one on the PATH. */
async function findDbmate(directory: string): Promise<string> {
  const name = process.platform === 'win32' ? 'dbmate.cmd' : 'dbmate'
  const own = ancestors(directory).map((folder) => join(folder, 'node_modules', '.bin', name))
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
  for (const candidate of [...own, ...onPath]) {
    if (await isExecutable(candidate)) return candidate
  }
  throw new PreconditionError('dbmate is not installed: it is neither in node_modules nor on the PATH.', {
    next: ['npm install dbmate'],
  })
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory)
  return parent === directory ? [directory] : [directory, ...ancestors(parent)]
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
