import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import type { Environment } from './environment.ts'

/**
 * The API key: HEROKU_API_KEY, else what "heroku login" left in ~/.netrc for the API's host. PreconditionError when there is
 * none.
 */
export async function readToken(environment: Environment, apiUrl: string): Promise<string> {
  const key = environment['HEROKU_API_KEY']?.trim()
  if (key) return checkKey(key, 'HEROKU_API_KEY')
  const { host } = new URL(apiUrl)
  const path = join(environment['HOME'] ?? homedir(), process.platform === 'win32' ? '_netrc' : '.netrc')
  const password = passwordFor(await readIfThere(path), host)
  if (password) return checkKey(password, path)
  throw new PreconditionError(
    `There is no Heroku API key: HEROKU_API_KEY is not set and ~/.netrc has none for ${host}.`,
    {
      next: [
        'On your own machine, run "heroku login".',
        'In CI, set HEROKU_API_KEY to the result of "heroku authorizations:create".',
      ],
    },
  )
}

/** A line break or the like would end the header that carries the key. The key itself is not shown. */
function checkKey(key: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new PreconditionError(`The API key in ${source} has characters that no API key has.`)
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

/** The password of a machine in a .netrc file. Its words may be spread over lines as one likes. */
export function passwordFor(netrc: string, machine: string): string | undefined {
  const words = netrc
    .split('\n')
    .map((line) => line.replace(/^\s*#.*$/, ''))
    .join('\n')
    .split(/\s+/)
    .filter((word) => word !== '')
  let inside = false
  for (let at = 0; at < words.length; at++) {
    if (words[at] === 'machine') inside = words[++at] === machine
    else if (words[at] === 'default') inside = false
    else if (words[at] === 'login' || words[at] === 'account') at++
    else if (words[at] === 'password') {
      at++
      if (inside) return words[at]
    }
  }
  return undefined
}
