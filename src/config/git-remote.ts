/** The app that a git remote pushes to; undefined when there is no such remote, or it is not Heroku's. */
export async function remoteApp(
  directory: string,
  remote: string,
  gitUrl = 'https://git.heroku.com/',
): Promise<string | undefined> {
  // Whoever names the app starts sooner without it.
  const { execa } = await import('execa')
  const { stdout, exitCode } = await execa('git', ['remote', 'get-url', '--push', '--', remote], {
    cwd: directory,
    reject: false,
    stdin: 'ignore',
  })
  return exitCode === 0 ? appFromUrl(stdout.trim(), gitUrl) : undefined
}

/** https://git.heroku.com/NAME.git, or the same under the host in use; a user or password in it is passed over. */
export function appFromUrl(url: string, gitUrl: string): string | undefined {
  if (!URL.canParse(url)) return /^git@heroku\.com:([a-z0-9-]+)\.git$/.exec(url)?.[1]
  const { host, pathname } = new URL(url)
  if (host !== new URL(gitUrl).host && host !== 'git.heroku.com') return undefined
  return /^\/([a-z0-9-]+)(?:\.git)?\/?$/.exec(pathname)?.[1]
}
