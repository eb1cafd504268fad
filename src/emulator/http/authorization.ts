import { timingSafeEqual } from 'node:crypto'

/** The token of an Authorization header: Bearer, or Basic with the token as the password and any user. */
export function tokenOf(header: string | undefined): string | undefined {
  const [scheme = '', credentials = ''] = (header ?? '').split(' ')
  if (scheme.toLowerCase() === 'bearer') return credentials
  if (scheme.toLowerCase() !== 'basic') return undefined
  const decoded = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  return colon === -1 ? undefined : decoded.slice(colon + 1)
}

/** Whether the header carries this token. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const given = Buffer.from(tokenOf(header) ?? '')
  const wanted = Buffer.from(token)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
