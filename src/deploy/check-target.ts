import { filesAddedSince } from '../heroku/git-changes.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import type { Reading } from '../migrations/read-early.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { Client } from 'pg'
import { readFacts } from '../postgres/facts.ts'
import type { CheckReport } from '../report/check/model.ts'
import { loadParser } from '../safety/parse.ts'
import { judge } from '../safety/verdict.ts'
import { ahead } from './ahead.ts'
import { askTarget } from './ask-target.ts'
import { assess, noFramework, readMigration } from './assess.ts'
import type { CheckOptions } from './check.ts'
import { headMessage } from './head-message.ts'
import { askDatabase, type Target } from './target.ts'

/** Judges what is read of the migrations, as it comes, with what the target's database says. Null where there is nothing to be read. */
export async function checkTarget(
  options: CheckOptions,
  target: Target,
  reading: Reading | null,
): Promise<CheckReport> {
  // Its answer is the last that anybody asks for.
  return askDatabase(target, (client) => checkWith(client, options, target, reading), { waitForEnd: false })
}

async function checkWith(
  client: Client,
  options: CheckOptions,
  target: Target,
  reading: Reading | null,
): Promise<CheckReport> {
  const { directory, since, config } = options
  void ahead(loadParser())
  // The database and git are asked while the tool of the migrations tells them.
  const asked = ahead(reading === null ? undefined : readFacts(client))
  const added = ahead(since === undefined ? null : addedSince(directory, since))
  const texts = new Map<string, string>()
  const coming = withTexts(directory, only(reading?.pending ?? [], added), texts)
  const judging = ahead(asked.then((facts) => judge(coming, facts, { lockBudget: config.check.lockBudget })))
  const message = ahead(options.message ?? headMessage(directory))
  const prefix = ahead(repositoryPrefix(directory))
  const state = reading === null ? null : await reading.state
  const isChosen = chosenBy(await added)
  const pending = (state?.pending ?? []).filter(isChosen)
  const nothing = pending.length === 0
  const { report } = await assess({
    directory,
    pending,
    complete: since === undefined,
    config,
    facts: nothing ? undefined : await asked,
    judged: nothing ? undefined : await judging,
    texts,
    precheck: (judgement, known) => askTarget(client, judgement, known),
    app: target.app.name,
    prefix: (await prefix) ?? '',
    message: await message,
    state,
    notKnown: reading === null ? [noFramework] : [],
    redactor: options.redactor,
  })
  return report
}

async function addedSince(directory: string, since: string): Promise<Set<string>> {
  return new Set(await filesAddedSince(directory, since))
}

/** Whether a migration is in these files; any is where there is no choice. */
const chosenBy =
  (files: Set<string> | null) =>
  ({ file }: PendingMigration): boolean =>
    files?.has(file) !== false

async function* only(
  pending: AsyncIterable<PendingMigration> | Iterable<PendingMigration>,
  files: Promise<Set<string> | null>,
): AsyncGenerator<PendingMigration> {
  const isChosen = chosenBy(await files)
  for await (const migration of pending) if (isChosen(migration)) yield migration
}

/** The migrations, each when its file has been read: at the end nobody waits for that. */
async function* withTexts(
  directory: string,
  pending: AsyncIterable<PendingMigration>,
  texts: Map<string, string>,
): AsyncGenerator<PendingMigration> {
  for await (const migration of pending) {
    texts.set(migration.file, await readMigration(directory, migration))
    yield migration
  }
}
