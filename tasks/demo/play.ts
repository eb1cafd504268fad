import { findLostWrites } from './database.ts'
import type { Load } from './load.ts'
import type { LockkeeperRun } from './run-lockkeeper.ts'
import type { Snapshot } from './snapshot.ts'
import type { Ending, Story } from './stories.ts'
import type { Outcome } from './tally.ts'
import type { World } from './world.ts'

export interface StoryResult {
  readonly name: string
  readonly exitCode: number
  readonly expectedExitCode: number
  readonly requests: { readonly sent: number; readonly failed: number; readonly maintenance: number }
  readonly writes: { readonly acknowledged: number; readonly lost: number }
  /** Wall time of the command. */
  readonly seconds: number
  /** The release that serves afterwards, as users write it: v7. */
  readonly release: string
  /** null where the story is meant to change the schema. */
  readonly schemaRestored: boolean | null
  /** Complete sentences; none when the story went as expected. */
  readonly problems: readonly string[]
}

export interface Played {
  readonly result: StoryResult
  readonly run: LockkeeperRun
  readonly before: Snapshot
  readonly after: Snapshot
  readonly failures: readonly Outcome[]
}

/**
 * Commits what the story changes, runs its command under load, and compares what it left with what it found. A `target`
 * is the state that a rollback by hand goes back to. Afterwards the checkout holds good code again.
 */
export async function playStory(world: World, load: Load, story: Story, target?: Snapshot): Promise<Played> {
  const before = await world.snapshot()
  const tally = load.tally()
  if (story.change)
    await world.repository.commit(story.tells, await story.change((path) => world.repository.read(path)))
  const run = await world.run(commandLine(world, story, target))
  const after = await world.snapshot()
  load.nextTally()
  const counts = await tally.settled()
  const lost = await findLostWrites(world.databaseUrl ?? '', load.acknowledged)
  if (story.change && story.expectedExitCode !== 0) await world.repository.revert()

  const compared = target ?? before
  const changesSchema = story.ending === 'deployed' || story.ending === 'deployed in maintenance'
  const result = {
    name: story.name,
    exitCode: run.exitCode,
    expectedExitCode: story.expectedExitCode,
    requests: { sent: counts.sent, failed: counts.failed, maintenance: counts.maintenance },
    writes: { acknowledged: counts.acknowledged, lost: lost.length },
    seconds: run.seconds,
    release: `v${after.version}`,
    schemaRestored: changesSchema ? null : after.fingerprint === compared.fingerprint,
  }
  const problems = findProblems(result, story.ending, before, after, compared)
  return { result: { ...result, problems }, run, before, after, failures: tally.failures }
}

/** What a user would type. */
export function commandLine(world: World, story: Story, target?: Snapshot): string[] {
  const { app } = world
  if (story.command === 'deploy') return ['deploy', '--app', app]
  if (story.command === 'deploy --nightly') return ['deploy', '--app', app, '--nightly']
  return ['rollback', '--app', app, '--to', `v${target?.version ?? 0}`, '--confirm', app]
}

function findProblems(
  result: Omit<StoryResult, 'problems'>,
  ending: Ending,
  before: Snapshot,
  after: Snapshot,
  compared: Snapshot,
): string[] {
  const { exitCode, expectedExitCode, requests, writes, schemaRestored } = result
  const formation = (snapshot: Snapshot) => JSON.stringify(snapshot.formation)
  const expectations: [boolean, string][] = [
    [exitCode === expectedExitCode, `The exit code is ${exitCode} instead of ${expectedExitCode}.`],
    [writes.lost === 0, `${writes.lost} acknowledged writes are lost.`],
    [requests.sent > 0, 'No request was sent.'],
    [schemaRestored !== false, 'The schema is not what it was.'],
    [after.maintenance === before.maintenance, 'Maintenance mode is not what it was.'],
    [formation(after) === formation(before), 'The formation is not what it was.'],
    ...expectationsOf(ending, result, before, after, compared),
  ]
  return expectations.filter(([met]) => !met).map(([, problem]) => problem)
}

function expectationsOf(
  ending: Ending,
  { requests }: Omit<StoryResult, 'problems'>,
  before: Snapshot,
  after: Snapshot,
  compared: Snapshot,
): [boolean, string][] {
  const released: [boolean, string][] = [
    [after.slugId !== before.slugId, 'The release that served before still serves.'],
    [after.fingerprint !== before.fingerprint, 'The schema did not change.'],
    [requests.failed === 0, `${requests.failed} requests failed.`],
  ]
  const back: [boolean, string][] = [[after.slugId === compared.slugId, 'Another slug serves than before.']]
  switch (ending) {
    case 'deployed':
      return [...released, [requests.maintenance === 0, 'Users saw the maintenance page.']]
    case 'deployed in maintenance':
      return released
    case 'refused':
      return [
        ...back,
        [after.version === before.version, 'A release was made.'],
        [after.remoteCommit === before.remoteCommit, 'The git remote changed.'],
        [requests.failed === 0, `${requests.failed} requests failed.`],
      ]
    case 'rolled back':
    case 'taken back':
      return back
  }
}
