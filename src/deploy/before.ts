import { listDynos, type Dyno } from '../heroku/dynos.ts'
import { isPrebootEnabled } from '../heroku/features.ts'
import { getFormation, type FormationEntry } from '../heroku/formation.ts'
import { getApp } from '../heroku/apps.ts'
import { currentRelease, listReleases, type Release } from '../heroku/releases.ts'
import { getSlug } from '../heroku/slugs.ts'
import { fingerprint, readSchema, type Schema } from '../postgres/fingerprint.ts'
import { askDatabase, type Target } from './target.ts'
import type { MigrationState } from '../migrations/types.ts'

/** What was true before the first change. The roll-back goes back to exactly this. */
export interface Before {
  readonly release: Release
  /** The newest version of any status: what comes after it was made by this deploy or by somebody else. */
  readonly newestVersion: number
  /** What the current release's slug was built from; null when nothing was deployed yet or Heroku does not say. */
  readonly commit: string | null
  readonly processTypes: Readonly<Record<string, string>>
  readonly formation: readonly FormationEntry[]
  readonly dynos: readonly Dyno[]
  readonly maintenance: boolean
  readonly preboot: boolean
  readonly schema: Schema
  readonly fingerprint: string
  readonly migrations: MigrationState | null
}

/** Asks the target for everything at once. Reads only. */
export async function readBefore(target: Target): Promise<Before> {
  const { heroku, app } = target
  const [release, newest, formation, dynos, preboot, now, schema, migrations] = await Promise.all([
    currentRelease(heroku, app.name),
    listReleases(heroku, app.name, { newest: 1 }),
    getFormation(heroku, app.name),
    listDynos(heroku, app.name),
    isPrebootEnabled(heroku, app.name),
    getApp(heroku, app.name),
    readTargetSchema(target),
    target.framework?.read(target.migrations) ?? null,
  ])
  const slug = release.slugId === null ? null : await getSlug(heroku, app.name, release.slugId)
  return {
    release,
    newestVersion: newest[0]?.version ?? release.version,
    commit: slug?.commit ?? null,
    processTypes: slug?.processTypes ?? {},
    formation,
    dynos,
    maintenance: now.maintenance,
    preboot,
    schema,
    fingerprint: fingerprint(schema),
    migrations,
  }
}

/** The schema of the target, without the framework's own table of what is applied. */
export async function readTargetSchema(target: Target): Promise<Schema> {
  const { config, directory } = target.migrations
  const ignore = (await target.framework?.historyTables(config, directory)) ?? []
  return askDatabase(target, (client) => readSchema(client, { ignore }))
}
