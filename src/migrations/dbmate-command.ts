import { PreconditionError } from '../errors.ts'
import { isLoopback } from '../postgres/connection-settings.ts'
import { findProgram } from './find-program.ts'
import type { ToolSession } from './tool-session.ts'

export function dbmateArguments(verb: 'migrate' | 'rollback', folder: string, table: string): string[] {
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
  { lockTimeout, applicationName }: Pick<ToolSession, 'lockTimeout' | 'applicationName'>,
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
export async function findDbmate(directory: string): Promise<string> {
  const file = await findProgram(directory, 'dbmate')
  if (file !== undefined) return file
  throw new PreconditionError('dbmate is not installed: it is neither in node_modules nor on the PATH.', {
    next: ['npm install dbmate'],
  })
}
