import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { App, Release } from '../model.ts'
import { eligibleForRollback } from '../releases/roll-back.ts'
import { userReference } from './account.ts'
import { appReference } from './app.ts'
import { streamUrl } from './stream-url.ts'
import type { Complete } from './complete.ts'

interface NewerThanSchema {
  readonly artifacts: readonly { readonly type: string; readonly id: string }[]
  readonly eligible_for_rollback: boolean
}

export function releaseBody(
  app: App,
  release: Release,
  account: Account,
  baseUrl: string,
): Complete<Heroku.Release, NewerThanSchema> {
  return {
    addon_plan_names: [...release.addonPlanNames],
    app: appReference(app),
    artifacts: release.slugId === null ? [] : [{ type: 'slug', id: release.slugId }],
    created_at: release.createdAt,
    current: release.version === app.currentVersion,
    description: release.description,
    eligible_for_rollback: eligibleForRollback(app, release),
    id: release.id,
    output_stream_url: release.outputStreamId === null ? null : streamUrl(baseUrl, release.outputStreamId),
    slug: release.slugId === null ? null : { id: release.slugId },
    status: release.status,
    updated_at: release.updatedAt,
    user: userReference(account),
    version: release.version,
  }
}
