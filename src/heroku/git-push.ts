import { setTimeout as sleep } from 'node:timers/promises'
import { PreconditionError } from '../errors.ts'
import { HerokuUncertainError } from './errors.ts'
import { git, lastLine, type GitResult } from './git-command.ts'
import { herokuGitSettings } from './git-environment.ts'

export interface Push {
  readonly root: string
  /** The full id of the commit: it becomes main, whatever branch is checked out. */
  readonly commit: string
  /** See repositoryUrl. It holds no user and no password. */
  readonly url: string
  readonly token: string
  /** What Heroku prints while it builds. */
  readonly onOutput: (text: string) => void
  readonly signal?: AbortSignal
  /** Real seconds: git knows no time scale. */
  readonly deadline: number
  /** Push a commit that does not follow from what main is. */
  readonly force?: boolean
}

export interface Pushed {
  /** main was this commit already: Heroku built nothing. */
  readonly upToDate: boolean
  /** Why Heroku (or git) refused the commit: the build failed, or it is no descendant of main. */
  readonly rejected?: string
}

/**
 * Pushes a commit to main of an app's Heroku repository and waits for the build. That it succeeds says nothing about the
 * release: ask the API. Leaves no trace in the repository: no remote, no tracking ref, no credential. PreconditionError when
 * the push could not be made, HerokuUncertainError when its end was not seen: the build may go on.
 */
export async function pushToHeroku(push: Push): Promise<Pushed> {
  const foreseen = await foreseePush(push)
  if (foreseen.upToDate || foreseen.rejected !== undefined) return foreseen
  const result = await runPush(push, [])
  const pushed = readPush(result)
  if (pushed) return pushed
  throw new HerokuUncertainError(
    `git push to ${push.url} broke off (${lastLine(result.stderr)}), and it is not known whether Heroku builds the commit.`,
  )
}

/**
 * What a push would do, as far as git can tell before it sends anything: whether the key is accepted, the commit is there
 * already or does not follow. Changes nothing, so it is repeated when it fails. PreconditionError when it goes on failing.
 */
export async function foreseePush(push: Push): Promise<Pushed> {
  for (let pauses = discoveryPauses; ; pauses = pauses.slice(1)) {
    const result = await runPush(push, ['--dry-run'])
    const foreseen = readPush(result)
    if (foreseen) return foreseen
    const [pause] = pauses
    if (pause === undefined) {
      const why = `(exit code ${String(result.exitCode)}): ${lastLine(result.stderr)}`
      throw new PreconditionError(`git push to ${push.url} failed ${why}`)
    }
    await sleep(pause)
  }
}

/** Real milliseconds before the second and each further attempt to reach the repository. */
const discoveryPauses: readonly number[] = [250, 500, 1000]

function runPush(push: Push, options: readonly string[]): Promise<GitResult> {
  return git(push.root, pushParameters(push, options), {
    settings: herokuGitSettings(push.url, push.token),
    timeout: push.deadline * 1000,
    signal: push.signal,
    onStderr: createRemoteReader(push.onOutput),
  })
}

export function pushParameters(
  { url, commit, force = false }: Push,
  options: readonly string[] = [],
): string[] {
  const refspec = `${force ? '+' : ''}${commit}:refs/heads/main`
  return [
    'push',
    '--porcelain',
    ...options,
    // A hook of the user's would inherit the token.
    '--no-verify',
    '--no-follow-tags',
    '--no-signed',
    '--recurse-submodules=no',
    '--',
    url,
    refspec,
  ]
}

/**
 * Reads the one line that --porcelain prints for a ref: a flag, the refspec and a summary, with tabs between. undefined when
 * it says neither that the ref was taken nor that it was refused.
 */
export function readPush({ exitCode, stdout }: GitResult): Pushed | undefined {
  const line = stdout.split('\n').find((text) => text.includes(':refs/heads/main\t'))
  const [flag, , summary = ''] = line?.split('\t') ?? []
  // The third kind of "!" is [remote failure]: the answer was lost.
  if (flag === '!')
    return /^\[(remote )?rejected\]/.test(summary) ? { upToDate: false, rejected: summary } : undefined
  return exitCode === 0 && flag !== undefined ? { upToDate: flag === '=' } : undefined
}

/** Git puts "remote: " before each line of Heroku's and pads it with spaces. */
function createRemoteReader(onOutput: (text: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const said = /^remote: ?(.*)$/.exec(line)?.[1]
      if (said !== undefined) onOutput(said.trimEnd() + '\n')
    }
  }
}
