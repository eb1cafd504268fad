import { stat, realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

/**
 * Where a folder stands in its git repository: empty at the top, else with a slash at its end. Null outside of a repository. Found
 * as git finds it, without starting git: a repository, a work tree and a submodule each have a .git at their top.
 */
export async function repositoryPrefix(directory: string): Promise<string | null> {
  const start = await realpath(directory).catch(() => null)
  if (start === null) return null
  for (let top = start; ; top = dirname(top)) {
    if (await exists(join(top, '.git'))) return prefixOf(relative(top, start))
    if (top === dirname(top)) return null
  }
}

function prefixOf(path: string): string {
  return path === '' ? '' : `${path.split(sep).join('/')}/`
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
