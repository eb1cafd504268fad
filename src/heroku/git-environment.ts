/** What Lockkeeper adds to git's configuration for one command: never an argument, never a file. */
export type GitSetting = readonly [key: string, value: string]

/**
 * The environment of a git command: it asks nobody for anything, traces nothing, and has some settings more. Settings go
 * through GIT_CONFIG_KEY_n, which other users of the machine cannot read; arguments they can.
 */
export function gitEnvironment(
  base: NodeJS.ProcessEnv,
  settings: readonly GitSetting[] = [],
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && !isTracing(name) && !isAskPass(name)) environment[name] = value
  }
  // The configuration of the user can switch these on as well; the variable wins.
  const quiet = { GIT_TRACE2: '0', GIT_TRACE2_EVENT: '0', GIT_TRACE2_PERF: '0', GIT_TERMINAL_PROMPT: '0' }
  return { ...environment, ...quiet, ...settingVariables(environment, settings) }
}

/** Traces show headers, and so the token. */
function isTracing(name: string): boolean {
  return name.startsWith('GIT_TRACE') || name === 'GIT_CURL_VERBOSE' || name === 'GIT_REDACT_COOKIES'
}

function isAskPass(name: string): boolean {
  return name === 'GIT_ASKPASS' || name === 'SSH_ASKPASS'
}

/** Behind the settings that the caller's own environment has already. */
function settingVariables(
  environment: Readonly<Record<string, string>>,
  settings: readonly GitSetting[],
): Record<string, string> {
  const given = Number(environment['GIT_CONFIG_COUNT'])
  const first = Number.isInteger(given) && given > 0 ? given : 0
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(first + settings.length) }
  settings.forEach(([key, value], index) => {
    variables[`GIT_CONFIG_KEY_${String(first + index)}`] = key
    variables[`GIT_CONFIG_VALUE_${String(first + index)}`] = value
  })
  return variables
}

/**
 * Lets git speak to Heroku with the token and nothing else: no credential helper that would store it, no redirect that
 * would carry it to another host.
 */
export function herokuGitSettings(url: string, token: string): readonly GitSetting[] {
  const base = `${new URL(url).origin}/`
  const basic = Buffer.from(`lockkeeper:${token}`).toString('base64')
  return [
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['http.followRedirects', 'false'],
    // Any header from the user's configuration for this host would come beside ours; an empty value clears the list.
    [`http.${base}.extraHeader`, ''],
    [`http.${base}.extraHeader`, `Authorization: Basic ${basic}`],
  ]
}
