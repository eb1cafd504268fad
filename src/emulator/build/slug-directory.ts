import path from 'node:path'
import type { Store } from '../platform.ts'

/** Where the files of a slug live: the working directory of its dynos. */
export function slugDirectory(store: Store, slugId: string): string {
  return path.join(store.directory, 'slugs', slugId, 'app')
}
