import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const cache = join(import.meta.dirname, '../../.cache')

/** A folder into which `install` put these packages, once for each list of them: later runs find it in the cache. */
export async function installOnce(
  kind: string,
  packages: readonly string[],
  install: (directory: string) => Promise<void>,
): Promise<string> {
  const name = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12)
  const directory = join(cache, `${kind}-${name}`)
  if (await isThere(directory)) return directory
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'installing-'))
  try {
    await install(fresh)
    // Another test may have been sooner.
    await rename(fresh, directory).catch(async (error: unknown) => {
      if (!(await isThere(directory))) throw error
    })
    return directory
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
