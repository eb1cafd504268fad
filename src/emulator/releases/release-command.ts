import { StringDecoder } from 'node:string_decoder'
import type { App, Release } from '../model.ts'
import type { OneOff, OutputStream, Platform } from '../platform.ts'

export type ReleaseCommandParts = Pick<Platform, 'clock' | 'durations' | 'operations' | 'runtime'>

/** Runs the release command in a dyno of the new release; true when it ended with 0 within Heroku's limit. */
export async function runReleaseCommand(
  parts: ReleaseCommandParts,
  app: App,
  release: Release,
  command: string,
  output: OutputStream,
): Promise<boolean> {
  const finished = parts.operations.start('release phase', app.name)
  const decoder = new StringDecoder('utf8')
  try {
    const dyno = await parts.runtime.runOneOff(app, release, {
      command,
      type: 'release',
      onOutput: (chunk) => output.write(decoder.write(chunk)),
    })
    return (await exitWithin(parts, dyno, output)) === 0
  } catch (error) {
    output.write(`The release command could not be started: ${String(error)}\n`)
    return false
  } finally {
    output.write(decoder.end())
    finished()
  }
}

async function exitWithin(parts: ReleaseCommandParts, dyno: OneOff, output: OutputStream): Promise<number> {
  const timer = setTimeout(() => {
    output.write('Error: release command exceeded its time limit\n')
    dyno.kill()
  }, parts.clock.milliseconds(parts.durations.releasePhaseLimit))
  try {
    return await dyno.exited
  } finally {
    clearTimeout(timer)
  }
}
