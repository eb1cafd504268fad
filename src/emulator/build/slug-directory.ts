import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Store } from '../platform.ts'

/** Where the files of a slug live: the working directory of its dynos. */
export function slugDirectory(store: Store, slugId: string): string {
  return path.join(slugsDirectory(store), slugId, 'app')
}

function slugsDirectory(store: Store): string {
  return path.join(store.directory, 'slugs')
}

/** Removes what builds that were killed left behind. */
export function removeOrphanSlugs(store: Store): void {
  mkdirSync(slugsDirectory(store), { recursive: true })
  const known = new Set(store.apps().flatMap((app) => app.slugs.map(({ id }) => id)))
  for (const name of readdirSync(slugsDirectory(store))) {
    if (!known.has(name)) rmSync(path.join(slugsDirectory(store), name), { recursive: true, force: true })
  }
}

/**
 * On Heroku nothing is above an app's files. Here Node and npm would find the package.json of the project that holds the
 * state directory, and take an app without one for an ES module.
 */
export function shieldSlugs(store: Store): void {
  writeFileSync(path.join(store.directory, 'package.json'), '{}\n')
}
