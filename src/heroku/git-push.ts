import { PreconditionError } from '../errors.ts'
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
 * the push could not be made or its end was not seen.
 */
export async function pushToHeroku(push: Push): Promise<Pushed> {
  const result = await git(push.root, pushParameters(push), {
    settings: herokuGitSettings(push.url, push.token),
    timeout: push.deadline * 1000,
    signal: push.signal,
    onStderr: createRemoteReader(push.onOutput),
  })
  return readPush(result, push.url)
}

export function pushParameters({ url, commit, force = false }: Push): string[] {
  const refspec = `${force ? '+' : ''}${commit}:refs/heads/main`
  return [
    'push',
    '--porcelain',
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

/** Reads the one line that --porcelain prints for a ref: a flag, the refspec and a summary, with tabs between. */
export function readPush({ exitCode, stdout, stderr }: GitResult, url: string): Pushed {
  const line = stdout.split('\n').find((text) => text.includes(':refs/heads/main\t'))
  const [flag, , summary = ''] = line?.split('\t') ?? []
  if (flag === '!') return { upToDate: false, rejected: summary || 'the push was refused' }
  if (exitCode === 0 && flag !== undefined) return { upToDate: flag === '=' }
  throw new PreconditionError(
    `git push to ${url} failed (exit code ${String(exitCode)}): ${lastLine(stderr)}`,
  )
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
