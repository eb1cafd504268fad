import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { connectionProblem } from './lost-connection.ts'

const lockTimeout = 10 // seconds: sizes and view definitions need a lock, and a migration may hold the table
const statementTimeout = 120 // seconds: enough for the catalogs of tens of thousands of tables

const notPermitted = '42501'

const timeouts = new Set(['55P03', '57014'])

/**
 * Reads the catalogs in one read-only snapshot of its own, bounded in time. The catalog functions print what is not in `schema` with its
 * schema before it; the setting lockkeeper.schemas is the path of before. A table that somebody keeps locked, a database that does
 * not answer or goes away, and a catalog that may not be read are PreconditionErrors; the session is afterwards as it was.
 */
export async function readCatalogs<T>(
  client: pg.Client,
  schema: 'public' | '',
  read: () => Promise<T>,
): Promise<T> {
  try {
    await client.query(
      `begin isolation level repeatable read, read only;
       select set_config('lockkeeper.schemas', to_json(current_schemas(false))::text, true), set_config('search_path', '${schema}', true),
         set_config('lock_timeout', '${lockTimeout}s', true), set_config('statement_timeout', '${statementTimeout}s', true)`,
    )
    return await read()
  } catch (error) {
    if (isTimeout(error)) {
      throw new PreconditionError(
        `The catalogs of the database could not be read in time: ${error.message}.`,
        { cause: error },
      )
    }
    if (error instanceof Error && 'code' in error && error.code === notPermitted) {
      throw new PreconditionError(
        `The role of the connection may not read the catalogs of the database: ${error.message}.`,
        { cause: error },
      )
    }
    throw connectionProblem(error, 'its catalogs were being read') ?? error
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

function isTimeout(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && timeouts.has(String(error.code))
}
