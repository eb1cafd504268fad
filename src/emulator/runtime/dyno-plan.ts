import { randomUUID } from 'node:crypto'
import type { App, DynoView, Release, Slug } from '../model.ts'

/** What a dyno is to run, decided before any process exists. */
export interface DynoPlan {
  readonly id: string
  readonly app: App
  readonly release: Release
  readonly slug: Slug
  readonly type: string
  readonly name: string
  readonly command: string
  readonly size: string
}

/** The release whose dynos run; undefined before the first. */
export function currentRelease(app: App): Release | undefined {
  return app.releases.findLast((release) => release.version === app.currentVersion)
}

export function slugOf(app: App, release: Release | undefined): Slug | undefined {
  return app.slugs.findLast((slug) => slug.id === release?.slugId)
}

/** The dynos that the current release and the formation ask for. The release process runs only as a one-off. */
export function formationPlans(app: App): readonly DynoPlan[] {
  const release = currentRelease(app)
  const slug = slugOf(app, release)
  if (release === undefined || slug === undefined) return []
  return Object.entries(app.formation).flatMap(([type, formation]) => {
    const command = slug.processTypes[type]
    if (command === undefined || type === 'release') return []
    return Array.from({ length: formation.quantity }, (_, index): DynoPlan => {
      const name = `${type}.${index + 1}`
      return { id: randomUUID(), app, release, slug, type, name, command, size: formation.size }
    })
  })
}

export interface DynoCondition {
  readonly state: DynoView['state']
  readonly createdAt: string
  readonly updatedAt: string
}

export function dynoView(plan: DynoPlan, condition: DynoCondition): DynoView {
  return {
    id: plan.id,
    name: plan.name,
    type: plan.type,
    state: condition.state,
    command: plan.command,
    size: plan.size,
    releaseId: plan.release.id,
    releaseVersion: plan.release.version,
    attachUrl: null,
    createdAt: condition.createdAt,
    updatedAt: condition.updatedAt,
  }
}
