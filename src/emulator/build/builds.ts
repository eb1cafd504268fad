import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { App, Build, Release, Slug } from '../model.ts'
import type { OutputStream, Platform } from '../platform.ts'
import { createQueue } from '../queue.ts'
import { BuildFailed } from './buildpack.ts'
import { compile, type Compiled } from './compile.ts'
import type { ProcessWatch } from './run-command.ts'
import { slugDirectory } from './slug-directory.ts'
import type { Source } from './source.ts'

export type BuildsParts = Pick<
  Platform,
  'clock' | 'durations' | 'store' | 'logs' | 'streams' | 'operations' | 'faults' | 'releases'
> & { readonly watch: ProcessWatch }

export interface BuildRequest {
  readonly source: Source
  readonly sourceUrl: string | null
  /** The commit, or whatever the client calls this version. */
  readonly version: string | null
  readonly versionDescription: string | null
}

export interface StartedBuild {
  readonly build: Build
  readonly output: OutputStream
  /** The release, with `settled` for its release command; undefined when the build failed. Never rejects. */
  readonly done: Promise<{ release: Release; settled: Promise<Release> } | undefined>
}

export interface Builds {
  /** Starts a build; those of one app run one after another. */
  start(app: App, request: BuildRequest): StartedBuild
  /** False when the build is not under way. */
  cancel(build: Build): boolean
  /** Cancels everything and resolves when nothing is left. */
  close(): Promise<void>
}

export function createBuilds(parts: BuildsParts): Builds {
  const queue = createQueue()
  const running = new Map<string, { controller: AbortController; done: Promise<unknown> }>()
  return {
    start(app, request) {
      const output = parts.streams.create()
      const build = record(parts, app, request, output)
      const controller = new AbortController()
      const done = queue
        .run(app.id, () => runBuild(parts, app, build, request, output, controller.signal))
        .finally(() => running.delete(build.id))
      running.set(build.id, { controller, done })
      return { build, output, done }
    },
    cancel(build) {
      const found = running.get(build.id)
      found?.controller.abort(new BuildFailed('Build cancelled.'))
      return found !== undefined
    },
    async close() {
      for (const { controller } of running.values())
        controller.abort(new BuildFailed('The platform is shutting down.'))
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}

/** Marks what a killed emulator left pending as failed. */
export function failUnfinishedBuilds(parts: Pick<Platform, 'store' | 'clock'>, app: App): void {
  for (const build of app.builds) {
    if (build.status !== 'pending') continue
    build.status = 'failed'
    build.updatedAt = parts.clock.now()
  }
  parts.store.saveApp(app)
}

function record(parts: BuildsParts, app: App, request: BuildRequest, output: OutputStream): Build {
  const now = parts.clock.now()
  const build: Build = {
    id: randomUUID(),
    status: 'pending',
    outputStreamId: output.id,
    sourceUrl: request.sourceUrl,
    sourceVersion: request.version,
    sourceVersionDescription: request.versionDescription,
    slugId: null,
    releaseId: null,
    createdAt: now,
    updatedAt: now,
  }
  app.builds.push(build)
  parts.store.saveApp(app)
  parts.logs.write(app.id, 'app', 'api', 'Build started')
  return build
}

async function runBuild(
  parts: BuildsParts,
  app: App,
  build: Build,
  request: BuildRequest,
  output: OutputStream,
  cancelled: AbortSignal,
): Promise<{ release: Release; settled: Promise<Release> } | undefined> {
  const finished = parts.operations.start('build', app.name)
  const slugId = randomUUID()
  const limit = limitSignal(parts.durations.buildLimit)
  const signal = AbortSignal.any([cancelled, limit.signal])
  try {
    const compiled = await compile({
      watch: parts.watch,
      source: request.source,
      directory: slugDirectory(parts.store, slugId),
      cacheDirectory: path.join(parts.store.directory, 'cache', app.id),
      configVars: { ...app.configVars },
      stack: app.stack,
      commit: request.version,
      doomed: parts.faults.take('build fails', app.name),
      signal,
      write: (text) => output.write(text),
    })
    signal.throwIfAborted()
    if (parts.store.app(app.id) !== app) throw new BuildFailed('The app was destroyed.')
    return release(parts, app, build, keepSlug(parts, app, slugId, request, compiled), output)
  } catch (error) {
    await rm(path.dirname(slugDirectory(parts.store, slugId)), { recursive: true, force: true })
    fail(parts, app, build, signal.aborted ? signal.reason : error, output)
    return undefined
  } finally {
    limit.clear()
    finished()
    output.end()
  }
}

function keepSlug(
  parts: BuildsParts,
  app: App,
  slugId: string,
  request: BuildRequest,
  compiled: Compiled,
): Slug {
  const slug: Slug = {
    id: slugId,
    commit: request.version,
    commitDescription: request.versionDescription,
    checksum: null,
    createdAt: parts.clock.now(),
    ...compiled,
  }
  app.slugs.push(slug)
  return slug
}

function release(parts: BuildsParts, app: App, build: Build, slug: Slug, output: OutputStream) {
  output.write('-----> Launching...\n')
  if (slug.processTypes.release !== undefined) {
    output.write(
      ' !     Release command declared: this new release will not be available until the command succeeds.\n',
    )
  }
  const made = parts.releases.create(app, {
    description: slug.commit === null ? 'Deploy' : `Deploy ${slug.commit.slice(0, 8)}`,
    slugId: slug.id,
  })
  build.slugId = slug.id
  build.releaseId = made.release.id
  settle(parts, app, build, 'succeeded')
  output.write(`       Released v${made.release.version}\n`)
  output.write(`       http://127.0.0.1:${app.routerPort}/ deployed to Heroku\n\n`)
  return made
}

function fail(parts: BuildsParts, app: App, build: Build, reason: unknown, output: OutputStream): void {
  const message = reason instanceof Error ? reason.message : String(reason)
  output.write(`-----> Build failed\n !     ${message}\n\n`)
  if (!message.startsWith('Push rejected')) output.write(' !     Push failed\n')
  settle(parts, app, build, 'failed')
}

function settle(parts: BuildsParts, app: App, build: Build, status: Build['status']): void {
  build.status = status
  build.updatedAt = parts.clock.now()
  if (parts.store.app(app.id) === app) parts.store.saveApp(app)
  parts.logs.write(app.id, 'app', 'api', `Build ${status}`)
}

/** In real seconds whatever the time scale: installing packages takes what it takes. */
function limitSignal(seconds: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new BuildFailed('Build timed out.')), seconds * 1000)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
