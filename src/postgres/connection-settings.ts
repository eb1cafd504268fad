import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { PreconditionError } from '../errors.ts'

export interface ConnectionSettings {
  /** The connection string without its TLS parameters and those of tools. */
  readonly url: string
  /** False for a plain connection. */
  readonly tls: false | TlsOptions
  /** The search path of the session, where the connection string says it; else null. */
  readonly searchPath: string | null
}

const tlsParameters = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat']

/**
 * What a connection string asks of TLS. Without `sslmode`, hosts other than this machine get TLS, as Heroku demands; its servers
 * have self-signed certificates, so a certificate is checked only for `verify-ca` and `verify-full`. `prefer` and `allow`
 * mean TLS except on this machine.
 */
export function connectionSettings(url: string): ConnectionSettings {
  if (!URL.canParse(url)) throw new PreconditionError('The connection string of the database is not a URL.')
  const address = new URL(url)
  const mode = address.searchParams.get('sslmode') ?? (isLoopback(address) ? 'disable' : 'require')
  const certificate = address.searchParams.get('sslrootcert')
  for (const parameter of tlsParameters) address.searchParams.delete(parameter)
  const searchPath = takeSearchPath(address.searchParams)
  return { url: address.href, tls: tls(mode, certificate, isLoopback(address)), searchPath }
}

/** `search_path` is a parameter of dbmate's driver and `schema` one of Prisma's: tables are looked for there. Null where neither says it. */
function takeSearchPath(parameters: URLSearchParams): string | null {
  const schema = parameters.get('schema')
  const path = parameters.get('search_path') ?? (schema && `"${schema.replaceAll('"', '""')}"`)
  for (const parameter of ['search_path', 'schema']) parameters.delete(parameter)
  return path || null
}

function tls(mode: string, certificate: string | null, loopback: boolean): false | TlsOptions {
  const ca = certificate === null ? {} : { ca: readFileSync(certificate, 'utf8') }
  switch (mode) {
    case 'disable':
      return false
    case 'prefer':
    case 'allow':
      return loopback ? false : { rejectUnauthorized: false }
    case 'verify-full':
      return ca
    case 'verify-ca':
      return { ...ca, checkServerIdentity: () => undefined }
    default:
      return { rejectUnauthorized: false }
  }
}

/** True for an address of this machine: a loopback host or a socket's directory. */
export function isLoopback(url: URL): boolean {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  if (host === '' || host.startsWith('/')) return true
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127\./.test(host)
}
