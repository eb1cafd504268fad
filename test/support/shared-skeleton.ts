import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** A project that all tests of a file begin from. */
export interface Skeleton {
  copyTo(directory: string): Promise<void>
}

/** Makes the project once, before the first test of the file: generators take longer than most tests. */
export function sharedSkeleton(generate: (directory: string) => Promise<unknown>): Skeleton {
  let skeleton = ''
  beforeAll(async () => {
    skeleton = await mkdtemp(join(tmpdir(), 'lockkeeper-skeleton-'))
    await generate(skeleton)
  })
  afterAll(() => rm(skeleton, { recursive: true, force: true }))
  return { copyTo: (directory) => cp(skeleton, directory, { recursive: true }) }
}
