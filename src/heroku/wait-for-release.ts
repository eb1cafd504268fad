import type { HerokuClient } from './client.ts'
import { followOutput } from './follow-output.ts'
import { getRelease, type Release } from './releases.ts'
import { waitFor } from './wait.ts'

export interface WaitForReleaseOptions {
  /** Platform seconds. A release command may run for an hour. */
  readonly deadline: number
  /** The release command's output as it comes. */
  readonly onOutput?: (text: string) => void
  readonly signal?: AbortSignal
}

/** Platform seconds between two looks at the status. */
const pollInterval = 2

/**
 * Waits until a release is no longer pending and returns it: its status says whether it succeeded. DeadlineError when it
 * stays pending. The status alone decides; a stream of output that fails is only a warning.
 */
export async function waitForRelease(
  client: HerokuClient,
  app: string,
  id: string,
  options: WaitForReleaseOptions,
): Promise<Release> {
  const output = followOutput(client, { ...options, what: 'the release command' })
  try {
    const ended = await waitFor(client, {
      what: `the release ${id} of ${app} to end`,
      deadline: options.deadline,
      every: pollInterval,
      look: () => getRelease(client, app, id),
      done: (seen) => {
        if (seen.outputStreamUrl) output.start(seen.outputStreamUrl)
        return seen.status !== 'pending'
      },
      describe: (seen) => `v${String(seen.version)} is still ${seen.status}`,
      signal: options.signal,
    })
    await output.drain()
    return ended
  } finally {
    await output.stop()
  }
}
