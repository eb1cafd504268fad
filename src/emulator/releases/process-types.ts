import { randomUUID } from 'node:crypto'
import type { App, Release, Slug } from '../model.ts'

const defaultSize = 'Standard-1X'

/** The slug of a release; undefined before the first deploy. */
export function slugOf(app: App, release: Release): Slug | undefined {
  return app.slugs.find((slug) => slug.id === release.slugId)
}

/** The release that is current. Every app has one from its creation on. */
export function currentRelease(app: App): Release {
  const release = app.releases.find((each) => each.version === app.currentVersion)
  if (release === undefined) throw new Error(`App ${app.name} has no current release`)
  return release
}

/** Makes the formation that of the process types: a new web type starts with one dyno, every other type with none. */
export function fitFormation(app: App, processTypes: Readonly<Record<string, string>>, now: string): void {
  const fitted: App['formation'] = {}
  for (const type of Object.keys(processTypes)) {
    fitted[type] = app.formation[type] ?? {
      id: randomUUID(),
      quantity: type === 'web' ? 1 : 0,
      size: defaultSize,
      createdAt: now,
      updatedAt: now,
    }
  }
  app.formation = fitted
}
