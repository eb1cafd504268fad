import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DynoPlan } from './dyno-plan.ts'

export interface DynoEnvironmentOptions {
  readonly plan: DynoPlan
  /** The slug's files: working directory and HOME. */
  readonly directory: string
  readonly port: number
  /** The environment of the emulator; only what a shell needs is taken from it. */
  readonly from: NodeJS.ProcessEnv
  /** Whether it is told of its app, release and slug. */
  readonly metadata: boolean
  /** What the caller of a one-off dyno adds. */
  readonly extra?: Readonly<Record<string, string>>
}

/** Everything a dyno sees: a minimal base, the release's config vars, and what the platform itself sets, which wins. */
export function dynoEnvironment(options: DynoEnvironmentOptions): Record<string, string> {
  const { plan, directory } = options
  const searchPath = [
    options.from.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    path.join(directory, 'node_modules', '.bin'),
    path.dirname(process.execPath),
  ]
  return {
    PATH: searchPath.join(path.delimiter),
    HOME: directory,
    LANG: options.from.LANG ?? 'C.UTF-8',
    TMPDIR: tmpdir(),
    ...plan.release.configVars,
    ...options.extra,
    PORT: String(options.port),
    DYNO: plan.name,
    ...(options.metadata ? dynoMetadata(plan) : {}),
  }
}

function dynoMetadata(plan: DynoPlan): Record<string, string> {
  return {
    HEROKU_APP_ID: plan.app.id,
    HEROKU_APP_NAME: plan.app.name,
    HEROKU_DYNO_ID: plan.id,
    HEROKU_RELEASE_VERSION: `v${plan.release.version}`,
    HEROKU_RELEASE_CREATED_AT: plan.release.createdAt,
    HEROKU_SLUG_COMMIT: plan.slug.commit ?? '',
    HEROKU_SLUG_DESCRIPTION: plan.slug.commitDescription ?? '',
  }
}
