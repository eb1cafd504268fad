import { UsageError } from '../errors.ts'
import type { Environment } from './environment.ts'

/** Where Heroku is. */
export interface HerokuAddresses {
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly dataUrl: string
  /** With a slash at the end: the app's repository is gitUrl + app + '.git'. */
  readonly gitUrl: string
}

/**
 * Heroku's three hosts, by the variables of Heroku's own CLI. UsageError for an address where the API key would travel in
 * clear text off this machine.
 */
export function herokuAddresses(environment: Environment): HerokuAddresses {
  const apiUrl = apiAddress(environment['HEROKU_HOST'])
  const api = new URL(apiUrl)
  const local = isLoopback(api.hostname)
  return {
    apiUrl,
    dataUrl: dataAddress(environment['HEROKU_DATA_HOST'], api, local),
    gitUrl: gitAddress(environment['HEROKU_GIT_HOST'], environment['HEROKU_HOST'], api, local),
  }
}

function apiAddress(host: string | undefined): string {
  if (!host) return 'https://api.heroku.com'
  const address = /^https?:\/\//.test(host) ? host : `https://api.${host}`
  if (!URL.canParse(address)) throw new UsageError(`HEROKU_HOST is no address: ${host}`)
  const url = new URL(address)
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new UsageError(`HEROKU_HOST is ${host}: the API key would travel in clear text. Use https.`)
  }
  return url.origin
}

/** A bare host; on loopback the port and the scheme are those of the API, because one local port speaks all. */
function dataAddress(host: string | undefined, api: URL, local: boolean): string {
  if (!host) return local ? api.origin : 'https://api.data.heroku.com'
  if (!URL.canParse(`https://${host}`) || new URL(`https://${host}`).host !== host.toLowerCase()) {
    throw new UsageError(`HEROKU_DATA_HOST is a host name without a scheme: ${host} is not.`)
  }
  const url = new URL(`${local ? api.protocol : 'https:'}//${host}`)
  if (local && !url.port) url.port = api.port
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new UsageError(
      `HEROKU_DATA_HOST is ${host} while HEROKU_HOST is local: the API key would travel in clear text.`,
    )
  }
  return url.origin
}

function gitAddress(
  gitHost: string | undefined,
  herokuHost: string | undefined,
  api: URL,
  local: boolean,
): string {
  if (!gitHost) {
    if (local) return `${api.origin}/`
    return !herokuHost || herokuHost.startsWith('http')
      ? 'https://git.heroku.com/'
      : `https://git.${herokuHost}/`
  }
  if (!URL.canParse(`https://${gitHost}`)) throw new UsageError(`HEROKU_GIT_HOST is no host: ${gitHost}`)
  const plain = local && api.protocol === 'http:' && isLoopback(new URL(`https://${gitHost}`).hostname)
  return `${plain ? 'http' : 'https'}://${gitHost}/`
}

/** Whether a host name (as in URL.hostname) is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
