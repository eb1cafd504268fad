import { randomUUID } from 'node:crypto'
import type { Account } from '../account.ts'
import type { App, Release } from '../model.ts'
import type { CreateRelease, Platform, Releases } from '../platform.ts'
import { createQueue } from '../queue.ts'
import { currentRelease, fitFormation, slugOf } from './process-types.ts'
import { runReleaseCommand } from './release-command.ts'

export type ReleasesParts = Pick<
  Platform,
  'clock' | 'durations' | 'store' | 'logs' | 'streams' | 'operations' | 'runtime'
> & { readonly account: Account }

/**
 * Makes releases, one after another per app. Without a release command, and with no other release under way, a release
 * has succeeded when `create` returns.
 */
export function createReleases(parts: ReleasesParts): Releases {
  const queue = createQueue()
  return {
    current: currentRelease,
    create(app, options) {
      const command = releaseCommand(app, options)
      const release = append(parts, app, options, command !== undefined)
      if (command === undefined && !queue.busy(app.id)) {
        settle(parts, app, release, true)
        return { release, settled: Promise.resolve(release) }
      }
      const settled = queue.run(app.id, () => finish(parts, app, release, command))
      return { release, settled }
    },
  }
}

/** Marks what a killed emulator left pending as failed. */
export function failUnfinishedReleases(parts: Pick<Platform, 'store' | 'clock'>, app: App): void {
  for (const release of app.releases) {
    if (release.status !== 'pending') continue
    release.status = 'failed'
    release.updatedAt = parts.clock.now()
  }
  parts.store.saveApp(app)
}

function newSlugId(app: App, options: CreateRelease): string | null {
  if (options.slugId !== undefined) return options.slugId
  return app.releases.length === 0 ? null : currentRelease(app).slugId
}

function releaseCommand(app: App, options: CreateRelease): string | undefined {
  if (options.skipCommand === true) return undefined
  return app.slugs.find((slug) => slug.id === newSlugId(app, options))?.processTypes.release
}

function append(parts: ReleasesParts, app: App, options: CreateRelease, runsCommand: boolean): Release {
  const now = parts.clock.now()
  const release: Release = {
    id: randomUUID(),
    version: (app.releases.at(-1)?.version ?? 0) + 1,
    description: options.description,
    status: 'pending',
    slugId: newSlugId(app, options),
    configVars: { ...(options.configVars ?? app.configVars) },
    outputStreamId: runsCommand ? randomUUID() : null,
    addonPlanNames: planNames(parts, app),
    createdAt: now,
    updatedAt: now,
  }
  app.releases.push(release)
  app.updatedAt = now
  parts.store.saveApp(app)
  const by = `by user ${parts.account.email}`
  parts.logs.write(app.id, 'app', 'api', `Release v${release.version} created ${by}`)
  parts.logs.write(app.id, 'app', 'api', `${release.description} ${by}`)
  return release
}

function planNames({ store }: ReleasesParts, app: App): string[] {
  const attached = new Set(
    store
      .attachments()
      .filter((attachment) => attachment.appId === app.id)
      .map((attachment) => attachment.addonId),
  )
  return store
    .addons()
    .filter((addon) => attached.has(addon.id))
    .map((addon) => addon.plan)
}

async function finish(
  parts: ReleasesParts,
  app: App,
  release: Release,
  command: string | undefined,
): Promise<Release> {
  // The app may have been destroyed while this one waited for its turn.
  const gone = parts.store.app(app.id) !== app
  if (gone || command === undefined || release.outputStreamId === null) {
    settle(parts, app, release, true)
    return release
  }
  const output = parts.streams.create(release.outputStreamId)
  const succeeded = await runReleaseCommand(parts, app, release, command, output)
  settle(parts, app, release, succeeded)
  // Ended last: whoever reads the stream to its end finds the status there.
  output.end()
  return release
}

function settle(parts: ReleasesParts, app: App, release: Release, succeeded: boolean): void {
  const now = parts.clock.now()
  // The app may have been destroyed while the command ran.
  const exists = parts.store.app(app.id) === app
  release.status = succeeded && exists ? 'succeeded' : 'failed'
  release.updatedAt = now
  if (!exists) return
  if (release.status === 'succeeded') makeCurrent(app, release, now)
  parts.store.saveApp(app)
  if (release.status === 'failed' || release.slugId === null) return
  parts.runtime.apply(app, 'release').catch((error: unknown) => {
    parts.logs.write(
      app.id,
      'app',
      'api',
      `Release v${release.version} could not be started: ${String(error)}`,
    )
  })
}

function makeCurrent(app: App, release: Release, now: string): void {
  app.currentVersion = release.version
  app.releasedAt = now
  app.updatedAt = now
  const slug = slugOf(app, release)
  if (slug !== undefined) fitFormation(app, slug.processTypes, now)
}
