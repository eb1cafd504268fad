import { changesSince } from '../heroku/git-changes.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import { refuseHistories } from '../migrations/known-histories.ts'
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
import { choose, type Choice } from './choose.ts'
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
  if (reading === null) await refuseHistories(client, config)
  void ahead(loadParser())
  // The database and git are asked while the tool of the migrations tells them.
  const asked = ahead(reading === null ? undefined : readFacts(client))
  const prefix = ahead(repositoryPrefix(directory))
  const choice = ahead(choiceSince(options, prefix))
  const texts = new Map<string, string>()
  const coming = withTexts(directory, only(reading?.pending ?? [], choice), texts)
  const judging = ahead(asked.then((facts) => judge(coming, facts, { lockBudget: config.check.lockBudget })))
  const message = ahead(options.message ?? headMessage(directory))
  const state = reading === null ? null : await reading.state
  const pending = (await choice).from(state?.pending ?? [])
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
    notKnown: [...(reading === null ? [noFramework] : []), ...(await choice).doubts(pending, true)],
    redactor: options.redactor,
  })
  return report
}

async function choiceSince(
  { directory, since }: CheckOptions,
  prefix: Promise<string | null>,
): Promise<Choice> {
  const changes = since === undefined ? null : await changesSince(directory, since)
  return choose(directory, (await prefix) ?? '', changes)
}

async function* only(
  pending: AsyncIterable<PendingMigration> | Iterable<PendingMigration>,
  choice: Promise<Choice>,
): AsyncGenerator<PendingMigration> {
  const { includes } = await choice
  for await (const migration of pending) if (includes(migration)) yield migration
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
