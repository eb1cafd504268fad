import type * as Heroku from '@heroku-cli/schema'
import type { App, Slug } from '../model.ts'
import type { Complete } from './complete.ts'

/** `blob.method`: PUT when the client is to upload the blob, GET when it is there. */
export function slugBody(
  app: App,
  slug: Slug,
  blob: { readonly method: 'GET' | 'PUT'; readonly url: string },
): Complete<Heroku.Slug, { readonly deleted_at: null }> {
  return {
    blob,
    buildpack_provided_description: slug.buildpack,
    checksum: slug.checksum,
    commit: slug.commit,
    commit_description: slug.commitDescription,
    created_at: slug.createdAt,
    deleted_at: null,
    id: slug.id,
    process_types: slug.processTypes,
    size: slug.sizeBytes,
    stack: { name: app.stack },
    updated_at: slug.createdAt,
  }
}
