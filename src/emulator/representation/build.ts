import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { App, Build } from '../model.ts'
import { userReference } from './account.ts'
import { streamUrl } from './stream-url.ts'

/** Heroku's schema leaves out that a build without a release says null. */
type BuildBody = Omit<Heroku.Build, 'release'> & { release: { id: string } | null }

export function buildBody(app: App, build: Build, account: Account, baseUrl: string): BuildBody {
  return {
    app: { id: app.id },
    buildpacks: null,
    created_at: build.createdAt,
    id: build.id,
    output_stream_url: streamUrl(baseUrl, build.outputStreamId),
    release: build.releaseId === null ? null : { id: build.releaseId },
    slug: build.slugId === null ? null : { id: build.slugId },
    source_blob: {
      checksum: null,
      url: build.sourceUrl ?? '',
      version: build.sourceVersion,
      version_description: build.sourceVersionDescription,
    },
    stack: app.stack,
    status: build.status,
    updated_at: build.updatedAt,
    user: userReference(account),
  }
}
