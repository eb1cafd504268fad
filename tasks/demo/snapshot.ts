import { readFingerprint } from './database.ts'
import { currentRelease, type AppBody, type FormationBody, type PlatformClient } from './platform.ts'

/** What a deploy must leave alone, or bring back: read from the platform and from the database. */
export interface Snapshot {
  readonly version: number
  readonly slugId: string | null
  readonly fingerprint: string | null
  /** The commit of main on Heroku's git; null before the first push. */
  readonly remoteCommit: string | null
  readonly maintenance: boolean
  readonly formation: Readonly<Record<string, number>>
}

export interface SnapshotSource {
  readonly client: PlatformClient
  readonly app: string
  readonly databaseUrl: string | null
  readonly remoteCommit: () => Promise<string | null>
}

export async function takeSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const { client, app, databaseUrl } = source
  const [release, { maintenance }, formation, fingerprint, remoteCommit] = await Promise.all([
    currentRelease(client, app),
    client.request<AppBody>('GET', `/apps/${app}`),
    client.request<FormationBody[]>('GET', `/apps/${app}/formation`),
    databaseUrl === null ? null : readFingerprint(databaseUrl),
    source.remoteCommit(),
  ])
  const quantities = formation.map(({ type, quantity }) => [type, quantity] as const)
  return {
    version: release.version,
    slugId: release.slug?.id ?? null,
    fingerprint,
    remoteCommit,
    maintenance,
    formation: Object.fromEntries(quantities.sort(([a], [b]) => a.localeCompare(b))),
  }
}
