/**
 * What the emulator remembers: plain JSON documents. Times are ISO 8601 strings; ids are uuids.
 * One App document holds everything that belongs to the app alone; add-ons and transfers are documents of their own,
 * because several apps can share a database.
 */

export interface Slug {
  readonly id: string
  readonly commit: string | null
  readonly commitDescription: string | null
  readonly processTypes: Readonly<Record<string, string>>
  readonly buildpack: string
  readonly checksum: string | null
  readonly sizeBytes: number
  readonly createdAt: string
}

export type ReleaseStatus = 'pending' | 'succeeded' | 'failed'

export interface Release {
  readonly id: string
  readonly version: number
  readonly description: string
  status: ReleaseStatus
  readonly slugId: string | null
  /** The config vars as of this release; add-on owned values stay at their present value on a rollback. */
  readonly configVars: Readonly<Record<string, string>>
  /** Set while and after a release command ran; the path of its output stream on the emulator. */
  outputStreamId: string | null
  readonly addonPlanNames: readonly string[]
  readonly createdAt: string
  updatedAt: string
}

export interface Build {
  readonly id: string
  status: 'pending' | 'succeeded' | 'failed'
  readonly outputStreamId: string
  readonly sourceUrl: string | null
  readonly sourceVersion: string | null
  readonly sourceVersionDescription: string | null
  slugId: string | null
  releaseId: string | null
  readonly createdAt: string
  updatedAt: string
}

export interface Formation {
  readonly id: string
  quantity: number
  size: string
  readonly createdAt: string
  updatedAt: string
}

export interface App {
  readonly id: string
  name: string
  maintenance: boolean
  preboot: boolean
  stack: string
  readonly createdAt: string
  updatedAt: string
  releasedAt: string | null
  /** The config vars now, add-on owned ones included. */
  configVars: Record<string, string>
  /** By process type. A type that leaves the Procfile leaves the formation. */
  formation: Record<string, Formation>
  slugs: Slug[]
  builds: Build[]
  /** In order of version; the last is the newest. */
  releases: Release[]
  /** The version that is current: the newest that succeeded. */
  currentVersion: number
  /** The port of the app's router on loopback: web_url is http://127.0.0.1:<port>/. Kept over restarts. */
  routerPort: number
}

export interface Addon {
  readonly id: string
  readonly name: string
  /** The billing app. */
  readonly appId: string
  readonly service: string
  readonly plan: string
  state: 'provisioning' | 'provisioned' | 'deprovisioned'
  readonly createdAt: string
  updatedAt: string
  /** Only for service heroku-postgresql. */
  readonly database: { readonly name: string; readonly user: string; readonly password: string } | null
}

export interface Attachment {
  readonly id: string
  /** DATABASE, HEROKU_POSTGRESQL_BLUE, ...; the config var is the name plus _URL. */
  readonly name: string
  readonly addonId: string
  readonly appId: string
  readonly createdAt: string
}

/** A backup, restore or copy: the transfer of section 2 of Heroku's data API. */
export interface Transfer {
  readonly uuid: string
  readonly num: number
  /** The billing app whose sequence `num` belongs to. */
  readonly appId: string
  readonly fromType: 'pg_dump' | 'gof3r' | 'htcat'
  readonly fromName: string
  readonly fromUrl: string
  readonly toType: 'gof3r' | 'pg_restore'
  readonly toName: string
  readonly toUrl: string
  sourceBytes: number
  processedBytes: number
  succeeded: boolean | null
  warnings: number
  startedAt: string | null
  finishedAt: string | null
  canceledAt: string | null
  readonly createdAt: string
  updatedAt: string
  deletedAt: string | null
  readonly scheduleUuid: string | null
  logs: { createdAt: string; level: string; message: string }[]
}

export interface DynoView {
  readonly id: string
  /** web.1, run.1234, release.5678 */
  readonly name: string
  readonly type: string
  readonly state: 'starting' | 'up' | 'crashed' | 'idle' | 'down'
  readonly command: string
  readonly size: string
  readonly releaseId: string
  readonly releaseVersion: number
  readonly attachUrl: string | null
  readonly createdAt: string
  readonly updatedAt: string
}
