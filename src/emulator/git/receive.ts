import type { ControlPlane } from '../control-plane.ts'
import type { App, Release } from '../model.ts'
import { commitSource } from '../build/source.ts'

export interface RefUpdate {
  readonly before: string
  readonly after: string
  readonly ref: string
}

export interface Push {
  readonly app: App
  readonly updates: readonly RefUpdate[]
  /** Where git keeps the objects of a push that is not accepted yet. */
  readonly environment: Readonly<Record<string, string>>
  /** Shows text to the pusher. */
  readonly write: (text: string) => void
}

const nothing = /^0+$/

/** Builds and releases what was pushed to main or master; true when git may take the push. A failed release command does not refuse it. */
export async function receive(plane: ControlPlane, push: Push): Promise<boolean> {
  const { app, updates, write } = push
  if (plane.faults.take('push rejected', app.name)) {
    write(' !     Push rejected\n')
    return false
  }
  // Git itself checks this only after the hook, when the release would have been made.
  for (const { ref, before } of updates) {
    const present = await plane.repositories.read(app, ref)
    if (nothing.test(before) ? present !== undefined : present !== before) {
      write(` !     ${ref} was changed by another push in the meantime.\n`)
      return false
    }
  }
  const deployed = plane.assumptions.deployedBranches.map((branch) => `refs/heads/${branch}`)
  const update = updates.find(({ ref, after }) => deployed.includes(ref) && !nothing.test(after))
  if (update === undefined) {
    write('Pushed to non-main branch, skipping build.\n')
    return true
  }
  return await deploy(plane, push, update.after)
}

async function deploy(plane: ControlPlane, push: Push, commit: string): Promise<boolean> {
  const { app, write } = push
  const repository = await plane.repositories.open(app)
  write('Compressing source files... done.\nBuilding source:\n\n')
  const { output, done } = plane.builds.start(app, {
    source: commitSource(plane.watch, repository, commit, push.environment),
    sourceUrl: null,
    version: commit,
    versionDescription: null,
  })
  const stop = output.follow(
    (chunk) => write(chunk.toString('utf8')),
    () => undefined,
  )
  const made = await done
  stop()
  if (made === undefined) return false
  write('Verifying deploy... done.\n')
  await showReleaseCommand(plane, made, write)
  return true
}

async function showReleaseCommand(
  plane: ControlPlane,
  { release, settled }: { release: Release; settled: Promise<Release> },
  write: (text: string) => void,
): Promise<void> {
  if (release.outputStreamId === null) return
  write('Running release command...\n\n')
  // With another release under way, this one's command has not started yet, and its stream does not exist.
  let stop: (() => void) | undefined
  const follow = () => {
    const output = plane.streams.open(release.outputStreamId ?? '')
    if (output === undefined || stop !== undefined) return
    write(output.content().toString('utf8'))
    stop = output.follow(
      (chunk) => write(chunk.toString('utf8')),
      () => undefined,
    )
  }
  follow()
  const timer = setInterval(follow, 20)
  const { status } = await settled.finally(() => clearInterval(timer))
  follow()
  stop?.()
  write(`Waiting for release.... ${status === 'succeeded' ? 'done' : 'failed'}.\n`)
}
