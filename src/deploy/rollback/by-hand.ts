import { existsSync } from 'node:fs'
import { realpath, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { PreconditionError, UsageError } from '../../errors.ts'
import type { RollbackDatabase } from '../../config/config.ts'
import { readRepository, withCheckout } from '../../heroku/git.ts'
import { getRelease, listReleases, type Release } from '../../heroku/releases.ts'
import { getSlug } from '../../heroku/slugs.ts'
import { loadAhead } from '../../migrations/load-ahead.ts'
import type { PendingMigration } from '../../migrations/types.ts'
import { readFacts } from '../../postgres/facts.ts'
import { judge } from '../../safety/verdict.ts'
import { readBefore, type Before } from '../before.ts'
import { askDatabase, openTarget, type OpenTarget, type Target } from '../target.ts'
import type { Quiesced } from '../quiesce.ts'
import { observe } from './observe.ts'
import { performRollback } from './perform.ts'
import { planRollback, type RollbackPlan } from './plan.ts'
import type { Recovery, RollbackRecord } from './recovery.ts'

export interface RollbackOptions extends OpenTarget {
  /** vN or N; the release before the current one, with other code, when undefined. */
  readonly to: string | undefined
  readonly database: RollbackDatabase | undefined
  readonly acceptLoss: boolean
}

export interface PreparedRollback {
  /** vN, the destination. */
  readonly to: string
  /** What would be done and lost, in sentences. */
  readonly plan: readonly string[]
  /** False when the destination is what runs already. */
  readonly needed: boolean
  /** Does it. Throws PersonNeededError when it cannot be finished. */
  perform(): Promise<RollbackRecord>
}

/**
 * Decides how app and database go back to an earlier release, and changes nothing yet. Which migrations came after it is
 * read from the commit of its slug; how to reverse them, from the commit that runs now.
 */
export async function prepareRollback(options: RollbackOptions): Promise<PreparedRollback> {
  const { output } = options
  const target = await openTarget(options)
  output.header(`Roll back ${target.app.name}`)
  const [now] = await Promise.all([readBefore(target), loadAhead()])
  const release = await findDestination(target, now, options.to)
  if (release.id === now.release.id || release.slugId === now.release.slugId)
    return {
      to: `v${release.version}`,
      plan: [`${target.app.name} runs the code of v${release.version} already, as v${now.release.version}.`],
      needed: false,
      perform: () => Promise.reject(new UsageError('There is nothing to roll back.')),
    }
  return prepare(options, target, now, release)
}

async function prepare(
  options: RollbackOptions,
  target: Target,
  now: Before,
  release: Release,
): Promise<PreparedRollback> {
  const keep = options.database === 'keep' || target.framework === null
  const applied = now.migrations?.applied ?? []
  const newer = keep ? [] : await migrationsAfter(options, target, now, release)
  const recovery = await recoveryTo(options, target, now, release, newer, applied)
  const observation = keep ? null : await observe(recovery)
  const plan = observation === null ? keptPlan(target) : planRollback(observation)
  if (plan.person !== null)
    throw new PreconditionError(`${plan.reasons.join(' ')} Nothing was changed.`, {
      next: [
        'Accept what reversing loses: lockkeeper rollback --database reverse --accept-loss',
        'Or take back the app alone: lockkeeper rollback --database keep',
      ],
    })
  return {
    to: `v${release.version}`,
    needed: true,
    plan: [
      `Now: v${now.release.version} (${now.commit?.slice(0, 8) ?? 'unknown commit'}). Back to: v${release.version}, ${release.description}.`,
      `Config vars go back to those of v${release.version} as well, as in any Heroku roll-back.`,
      ...(keep ? [] : describeChanges(recovery)),
      ...plan.reasons,
      ...(plan.database === 'reverse' ? describeLoss(observation?.reverseLoses ?? []) : []),
      ...(plan.quiesceFirst ? ['The app is in maintenance meanwhile.'] : []),
    ],
    perform: () => performIn(options, target, now, recovery),
  }
}

/** The schema difference: what each migration since did, from its statements. */
function describeChanges({ judgement }: Recovery): string[] {
  const migrations = judgement?.migrations ?? []
  if (migrations.length === 0) return ['No migration was applied since: the schema is the one that it had.']
  return [
    'Applied since, and to be reversed:',
    ...migrations.flatMap(({ id, name, effects }) => [
      `  ${id} ${name}`,
      ...new Set(
        effects.map(({ form, statement }) => `    ${form}: ${statement.sql.replace(/\s+/g, ' ').trim()}`),
      ),
    ]),
  ]
}

function describeLoss(losses: readonly string[]): string[] {
  return losses.length === 0
    ? ['Nothing that was written is lost by that.']
    : ['Lost by that, as you accepted:', ...losses.map((loss) => `  ${loss}`)]
}

function keptPlan(target: Target): RollbackPlan {
  const why =
    target.framework === null ? 'The project has no migrations.' : 'The schema is kept, as you asked.'
  return {
    app: 'roll back',
    database: 'keep',
    quiesceFirst: false,
    person: null,
    reasons: [
      `${why} ${target.app.name} goes back alone; whether it works on the schema as it is was not looked at.`,
    ],
  }
}

/** The reversal reads its files from the commit that runs now, because an older or newer work tree may lack them. */
async function performIn(
  options: RollbackOptions,
  target: Target,
  now: Before,
  recovery: Recovery,
): Promise<RollbackRecord> {
  return withCommit(options.directory, now.commit, (directory) =>
    performRollback({ ...recovery, target: { ...target, migrations: { ...target.migrations, directory } } }),
  )
}

/** The applied migrations that the destination's commit does not have, newest last. */
async function migrationsAfter(
  options: RollbackOptions,
  target: Target,
  now: Before,
  release: Release,
): Promise<PendingMigration[]> {
  const { framework, heroku, app, migrations } = target
  if (framework === null) return []
  const slug = release.slugId === null ? null : await getSlug(heroku, app.name, release.slugId)
  if (slug === null || slug.commit === null)
    throw new PreconditionError(
      `Heroku does not say which commit v${release.version} was built from. Nothing was changed.`,
      {
        next: ['Take back the app alone: lockkeeper rollback --database keep'],
      },
    )
  const idsIn = (directory: string) => framework.read({ ...migrations, directory, url: null })
  const then = await withCommit(options.directory, slug.commit, idsIn)
  const onDisk = await withCommit(options.directory, now.commit, idsIn)
  const known = new Set(then.pending.map(({ id }) => id))
  const newer = (now.migrations?.applied ?? []).filter((id) => !known.has(id))
  const described = onDisk.pending.filter(({ id }) => newer.includes(id))
  if (described.length < newer.length)
    throw new PreconditionError(
      `${newer.length - described.length} migration(s) that are applied are in no commit that is known here. Nothing was changed.`,
      { next: ['Take back the app alone: lockkeeper rollback --database keep'] },
    )
  return described
}

/** The project's files as of a commit, or those of the work tree when Heroku does not say which commit it is. */
async function withCommit<T>(
  directory: string,
  commit: string | null,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  if (commit === null) return use(directory)
  const { root } = await readRepository(directory)
  const within = relative(root, await realpath(directory))
  return withCheckout(root, commit, async (checkout) => {
    const project = join(checkout, within)
    // The framework's tool is installed in the work tree, and not part of the commit.
    for (const folder of ['node_modules', '.venv', 'venv']) {
      const [installed, linked] = [join(directory, folder), join(project, folder)]
      if (existsSync(installed) && !existsSync(linked)) await symlink(installed, linked)
    }
    return use(project)
  })
}

async function findDestination(target: Target, now: Before, to: string | undefined): Promise<Release> {
  const { heroku, app } = target
  if (to !== undefined) {
    const version = /^v?(\d+)$/.exec(to)?.[1]
    if (version === undefined)
      throw new UsageError(`--to wants a release such as v42, not ${to}. Nothing was changed.`)
    const release = await getRelease(heroku, app.name, Number(version))
    assertEligible(release, app.name)
    return release
  }
  const releases = await listReleases(heroku, app.name, { newest: 200 })
  const earlier = releases.find(
    ({ version, status, slugId }) =>
      version < now.release.version &&
      status === 'succeeded' &&
      slugId !== null &&
      slugId !== now.release.slugId,
  )
  if (earlier === undefined)
    throw new PreconditionError(`${app.name} has no earlier release with other code. Nothing was changed.`)
  return earlier
}

function assertEligible({ version, status, slugId }: Release, app: string): void {
  if (status !== 'succeeded')
    throw new PreconditionError(
      `v${version} of ${app} ${status}, so it cannot be gone back to. Nothing was changed.`,
    )
  if (slugId === null) throw new PreconditionError(`v${version} of ${app} has no code. Nothing was changed.`)
}

async function recoveryTo(
  options: RollbackOptions,
  target: Target,
  now: Before,
  release: Release,
  newer: readonly PendingMigration[],
  applied: readonly string[],
): Promise<Recovery> {
  const facts = await askDatabase(target, readFacts)
  const ids = new Set(newer.map(({ id }) => id))
  let quiesced: Quiesced | null = null
  const own = new Set([now.release.version])
  return {
    target,
    config: {
      ...options.config,
      rollback: { database: options.database ?? options.config.rollback.database },
    },
    timing: options.timing,
    output: options.output,
    announce: false,
    to: {
      release,
      formation: now.formation,
      maintenance: now.maintenance,
      preboot: now.preboot,
      applied: applied.filter((id) => !ids.has(id)),
      schema: null,
      fingerprint: null,
    },
    isOurs: ({ version }) => own.has(version),
    judgement: await judge(newer, facts, { lockBudget: options.config.check.lockBudget }),
    reversals: newer,
    backup: null,
    lossAccepted: options.acceptLoss,
    quiesced: () => quiesced,
    setQuiesced: (now) => {
      quiesced = now
    },
    own: ({ version }) => own.add(version),
  }
}
