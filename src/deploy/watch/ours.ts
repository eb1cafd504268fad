import { currentRelease } from '../../heroku/releases.ts'
import type { Run } from '../run.ts'

/** Somebody else made a release in the middle of a deploy. It is never rolled back over. */
export class ForeignReleaseError extends Error {
  readonly version: number

  constructor(version: number, description: string) {
    super(`Somebody else made release v${version} (${description}) in the meantime.`)
    this.name = 'ForeignReleaseError'
    this.version = version
  }
}

/** Throws ForeignReleaseError unless the current release is the one from before, this deploy's, or its roll-back's. */
export async function assertReleaseIsOurs(run: Run): Promise<void> {
  const current = await currentRelease(run.target.heroku, run.target.app.name)
  const ours =
    [run.before.release.id, run.release?.id].includes(current.id) || run.ownVersions.has(current.version)
  if (!ours) throw new ForeignReleaseError(current.version, current.description)
}
