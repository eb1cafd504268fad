import { delimiter, dirname } from 'node:path'

/** What of the emulator's own environment a build may see: how to find programs, the network and npm's cache. */
const inherited = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'npm_config_cache',
  'npm_config_registry',
]

/** The part of an environment that commands which do not belong to the emulator may have. */
export function minimalEnvironment(own: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const entries = inherited.map((name) => [name, own[name]] as const)
  const found = Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  // The Node that runs the emulator serves where the machine has no other.
  return {
    ...found,
    PATH: [found.PATH ?? '/usr/local/bin:/usr/bin:/bin', dirname(process.execPath)].join(delimiter),
  }
}

/** The environment of a build: the app's config vars, and npm kept quiet and unable to wait for ever. */
export function buildEnvironment(
  configVars: Readonly<Record<string, string>>,
  stack: string,
  commit: string | null,
): Record<string, string> {
  return {
    ...minimalEnvironment(),
    NODE_ENV: 'production',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_progress: 'false',
    npm_config_loglevel: 'error',
    npm_config_prefer_offline: 'true',
    npm_config_fetch_retries: '2',
    npm_config_fetch_timeout: '60000',
    CI: 'true',
    ...configVars,
    STACK: stack,
    ...(commit === null ? {} : { SOURCE_VERSION: commit }),
  }
}
