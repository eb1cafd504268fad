import type * as Heroku from '@heroku-cli/schema'
import type { App, Slug } from '../model.ts'
import type { Complete } from './complete.ts'

/** `method`: PUT when the client is to upload the blob, GET when it is there. */
export function slugBody(
  app: App,
  slug: Slug,
  baseUrl: string,
  method: 'GET' | 'PUT',
): Complete<Heroku.Slug, { readonly deleted_at: null }> {
  return {
    blob: { method, url: `${baseUrl}/blobs/slugs/${slug.id}` },
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
