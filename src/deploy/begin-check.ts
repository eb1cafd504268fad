import { findFramework } from '../migrations/frameworks.ts'
import { readEarly, type Reading } from '../migrations/read-early.ts'
import type { Framework, MigrationConfig } from '../migrations/types.ts'
import { ahead } from './ahead.ts'
import type { Target } from './target.ts'

/** A check of which only what takes the longest has begun: the migrations are being read, and the database is still to be found. */
export interface BegunCheck {
  /** The project's: absolute. */
  readonly directory: string
  /** Null when the project has no migrations. */
  readonly framework: Framework | null
  readonly reading: Reading | null
  /** Tells where the database is, as soon as that is known. */
  readonly find: (target: Promise<Target>) => void
  /** Ends what is still under way. To be called in any case. */
  readonly end: () => void
}

/** Begins to read a project's migrations. UsageError when it is not clear by which framework. */
export async function beginCheck(directory: string, config: MigrationConfig): Promise<BegunCheck> {
  const framework = (await findFramework(directory, config)) ?? null
  const { signal, end } = stopping()
  let find: BegunCheck['find'] = () => undefined
  const target = ahead(new Promise<Target>((resolve) => (find = resolve)))
  const url = ahead(target.then(({ database }) => database.url))
  const reading = framework && (await readEarly(framework, { directory, config, url, signal }))
  return { directory, framework, reading, find, end }
}

function stopping() {
  const controller = new AbortController()
  return { signal: controller.signal, end: () => controller.abort() }
}
