import { filesAddedSince } from '../heroku/git-changes.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import type { MigrationState, PendingMigration } from '../migrations/types.ts'
import type { Client } from 'pg'
import { readFacts } from '../postgres/facts.ts'
import type { CheckReport } from '../report/check/model.ts'
import { loadParser } from '../safety/parse.ts'
import { ahead } from './ahead.ts'
import { askTarget } from './ask-target.ts'
import { assess, noFramework, type CommitMessage } from './assess.ts'
import { headMessage } from './head-message.ts'
import { askDatabase, findTarget, type OpenTarget, type Target } from './target.ts'

export interface CheckOptions extends OpenTarget {
  /** Judge only what a branch adds since it left this commit. */
  readonly since?: string | undefined
  /** The message in which [allow-unsafe-migrations] counts. Default: that of the commit that is checked out. */
  readonly message?: CommitMessage | undefined
}

/** Judges the migrations that the target has not applied, with what its database says of itself. Reads only. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const target = await findTarget(options)
  return askDatabase(target, (client) => checkTarget(options, target, client))
}

async function checkTarget(options: CheckOptions, target: Target, client: Client): Promise<CheckReport> {
  const { directory, since, config } = options
  // The tool of the migrations takes the longest; the database and git are asked meanwhile, and the parser is loaded.
  const asked = ahead(target.framework === null ? undefined : readFacts(client))
  const message = ahead(options.message ?? headMessage(directory))
  const prefix = ahead(repositoryPrefix(directory))
  void ahead(loadParser())
  const state = (await target.framework?.read(target.migrations)) ?? null
  const pending =
    since === undefined ? pendingOf(state) : await addedSince(directory, since, pendingOf(state))
  const facts = pending.length === 0 ? undefined : await asked
  const { report } = await assess({
    directory,
    pending,
    complete: since === undefined,
    config,
    facts,
    precheck: (judgement, known) => askTarget(client, judgement, known),
    app: target.app.name,
    prefix: (await prefix) ?? '',
    message: await message,
    state,
    notKnown: target.framework === null ? [noFramework] : [],
    redactor: options.redactor,
  })
  return report
}

const pendingOf = (state: MigrationState | null): readonly PendingMigration[] => state?.pending ?? []

async function addedSince(
  directory: string,
  since: string,
  pending: readonly PendingMigration[],
): Promise<readonly PendingMigration[]> {
  const added = new Set(await filesAddedSince(directory, since))
  return pending.filter(({ file }) => added.has(file))
}
