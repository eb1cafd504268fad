import { isLoopback } from '../postgres/connection-settings.ts'
import { withoutSecrets } from '../postgres/secrets.ts'
import type { MigrationContext } from './types.ts'

export interface ToolSession {
  /** Seconds that a statement may wait for a lock. */
  readonly lockTimeout: number
  /** What pg_stat_activity shows of it. */
  readonly applicationName: string
  readonly tlsMode: 'require' | 'no-verify'
  /** Every transaction is read only. */
  readonly readOnly?: boolean
}

/** Nobody listens there: what needs a database fails at once instead of finding the wrong one. */
const nowhere = 'postgres://lockkeeper@127.0.0.1:1/offline'

/** Where a framework expects the connection string, when nobody says otherwise. */
export const standardVariable = 'DATABASE_URL'

/** The variables by which libpq and its kin learn which database, and how a session there behaves. */
export function toolEnvironment(
  { url, config }: Pick<MigrationContext, 'url' | 'config'>,
  { lockTimeout, applicationName, tlsMode, readOnly = false }: ToolSession,
): Record<string, string> {
  const options = [
    `-c lock_timeout=${Math.ceil(lockTimeout * 1000)}`,
    ...(readOnly ? ['-c default_transaction_read_only=on'] : []),
  ]
  return {
    ...config.migrations.environment,
    [config.migrations.urlVariable ?? standardVariable]: url ?? nowhere,
    PGOPTIONS: options.join(' '),
    PGAPPNAME: applicationName,
    // Reading a project must not make its work tree dirty.
    PYTHONDONTWRITEBYTECODE: '1',
    ...(url === null || isLoopback(new URL(url)) ? {} : { PGSSLMODE: tlsMode }),
  }
}

const keptLines = 40

export interface Keeper {
  /** Takes a line of a tool's output. */
  readonly take: (line: string) => void
  /** The last lines, free of secrets. */
  readonly text: () => string
}

/** Keeps the last lines that a tool prints, and passes each on, free of secrets. */
export function createKeeper({ url }: MigrationContext, onOutput?: (text: string) => void): Keeper {
  const lines: string[] = []
  return {
    take(line) {
      const clean = url === null ? line : withoutSecrets(url, line)
      lines.push(clean)
      if (lines.length > keptLines) lines.shift()
      onOutput?.(`${clean}\n`)
    },
    text: () => lines.join('\n'),
  }
}

/** The words of a command line: blanks part them, quotes keep them together. */
export function splitWords(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
}
