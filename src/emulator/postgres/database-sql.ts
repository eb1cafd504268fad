import pg from 'pg'

const name = pg.escapeIdentifier
const text = pg.escapeLiteral

const nextSuffix = '_next'

/** Owner of nothing in the end: objects are made as this role, then handed over with REASSIGN OWNED. */
export const makerRole = 'lockkeeper_maker'

/** The role that owns what a dump creates until its contents go to the add-on's role; extensions need a superuser. */
export function createMaker(): string {
  return `CREATE ROLE ${name(makerRole)} SUPERUSER NOLOGIN`
}

export function createRole(user: string, password: string, connectionLimit: number): string {
  return `CREATE ROLE ${name(user)} LOGIN PASSWORD ${text(password)} CONNECTION LIMIT ${connectionLimit}`
}

/** Statements for an empty database; `closed` admits nobody but superusers until openDatabase. */
export function createDatabase(database: string, owner: string, closed: boolean): string[] {
  const limit = closed ? ' CONNECTION LIMIT 0' : ''
  return [
    `CREATE DATABASE ${name(database)} OWNER ${name(owner)} TEMPLATE template0${limit}`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${name(database)} FROM PUBLIC`,
  ]
}

export function closeDatabase(database: string): string {
  return `ALTER DATABASE ${name(database)} CONNECTION LIMIT 0`
}

export function openDatabase(database: string): string {
  return `ALTER DATABASE ${name(database)} CONNECTION LIMIT -1`
}

/** Under this name a database's replacement waits; see replaceDatabase. */
export function nextName(database: string): string {
  return `${database}${nextSuffix}`
}

/** The database that a replacement was made for; undefined when the name is no replacement's. */
export function placeOfNext(database: string): string | undefined {
  return database.endsWith(nextSuffix) ? database.slice(0, -nextSuffix.length) : undefined
}

export function renameDatabase(from: string, to: string): string {
  return `ALTER DATABASE ${name(from)} RENAME TO ${name(to)}`
}

/** FORCE ends the sessions that are in it. */
export function dropDatabase(database: string): string {
  return `DROP DATABASE IF EXISTS ${name(database)} WITH (FORCE)`
}

export function dropRole(user: string): string {
  return `DROP ROLE IF EXISTS ${name(user)}`
}

/** To be run in the new database: everything made between the two belongs to `owner` afterwards. */
export function becomeMaker(): string {
  return `SET ROLE ${name(makerRole)}`
}

export function handOver(owner: string): string {
  return `RESET ROLE; REASSIGN OWNED BY ${name(makerRole)} TO ${name(owner)}`
}

/** $1: the database. Ends every session in it but the caller's. */
export const terminateSessions =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()'

/** $1: the role. */
export const countSessions =
  "SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1 AND backend_type = 'client backend'"
