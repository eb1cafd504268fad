import type { Platform } from '../platform.ts'
import { apiError, type ApiError } from './errors.ts'

/** An address below /blobs that works, for whoever has it, until its time is over. */
export function blobUrl(
  { baseUrl, clock, durations }: Pick<Platform, 'baseUrl' | 'clock' | 'durations'>,
  kind: 'sources' | 'slugs',
  id: string,
): string {
  const expires = Math.ceil(Date.now() + clock.milliseconds(durations.blobUrlLifetime))
  return `${baseUrl}/blobs/${kind}/${id}?expires=${expires}`
}

/** The error for an address whose time is over, or that tells none; undefined while it works. */
export function expiredBlobUrl({ expires }: { readonly expires?: string }): ApiError | undefined {
  return Number(expires) > Date.now() ? undefined : apiError(403, 'forbidden', 'Request has expired.')
}
