import { PreconditionError } from '../errors.ts'
import { foreseePush, isAncestor, readRepository, type Repository } from '../heroku/git.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import { refuseHistories } from '../migrations/known-histories.ts'
import { loadAhead } from '../migrations/load-ahead.ts'
import { readBefore, type Before } from './before.ts'
import type { DeployRecord } from './record.ts'
import { recordOf } from './record.ts'
import { pendingMigrations, type Run } from './run.ts'
import { planSteps, runSteps } from './runner.ts'
import { deploySteps } from './steps.ts'
import { pushOf, runsAlready } from './steps/push.ts'
import { askDatabase, openTarget, type OpenTarget, type Target } from './target.ts'
import { withRouterLog } from './watch/router-errors.ts'

export interface DeployOptions extends OpenTarget {
  /** Only say what would be done. */
  readonly dryRun?: boolean
  /** Deploy an ancestor of the commit that runs. */
  readonly allowOlder?: boolean
  /** Deploy although no branch is checked out. */
  readonly allowDetached?: boolean
  /** Receives the record as soon as the run has begun: it is filled in as the run goes on, also when it fails. */
  readonly onRecord?: (record: () => DeployRecord) => void
}

/**
 * Deploys the commit that is checked out. Resolves with the record of what was done; throws a LockkeeperError whose ending
 * says what became of the app and its database (see `exitCodes`).
 */
export async function deploy(options: DeployOptions): Promise<DeployRecord> {
  const { output, config } = options
  const repository = await readRepository(options.directory)
  assertDeployable(repository, options)
  output.header(`Deploy ${repository.head.slice(0, 8)} to ${config.app}`)
  const target = await openTarget(options)
  options.redactor.keep(target.app.name)
  options.redactor.keep(repository.head)
  const [before] = await Promise.all([
    readBefore(target),
    assertPushable(options, repository),
    loadAhead(),
    target.framework === null ? askDatabase(target, (client) => refuseHistories(client, config)) : null,
  ])
  await refuseUntracked(options, repository, before)
  sayWhatIsTrue(options, target, before)
  await assertNotOlder(options, repository, before)
  return withRouterLog(target.heroku, target.app.name, async (routerLog) => {
    const run = startRun(options, repository, target, before, routerLog)
    options.onRecord?.(() => recordOf(run))
    if (nothingToDeploy(run)) {
      output.header('Nothing to deploy')
      output.line(
        `${target.app.name} runs ${repository.head.slice(0, 8)} as v${before.release.version}; no migration is pending.`,
      )
      return recordOf(run)
    }
    if (options.dryRun === true) await planSteps(run, deploySteps)
    else await runSteps(run, deploySteps)
    return recordOf(run)
  })
}

function startRun(
  options: DeployOptions,
  repository: Repository,
  target: Target,
  before: Before,
  routerLog: Run['routerLog'],
): Run {
  const { config, timing, output, signal } = options
  return {
    config,
    timing,
    output,
    signal,
    repository,
    target,
    before,
    routerLog,
    allowOlder: options.allowOlder === true,
    mode: config.nightly ? 'nightly' : 'normal',
    steps: [],
    judgement: null,
    backup: null,
    quiesced: null,
    release: null,
    releaseOutputShown: false,
    rollback: null,
    ownVersions: new Set(),
  }
}

function nothingToDeploy(run: Run): boolean {
  return runsAlready(run) && pendingMigrations(run).length === 0
}

function sayWhatIsTrue({ output }: DeployOptions, target: Target, before: Before): void {
  const commit = before.commit === null ? 'no known commit' : before.commit.slice(0, 8)
  const dynos = before.formation
    .filter(({ quantity }) => quantity > 0)
    .map(({ type, quantity }) => `${type}=${quantity}`)
  output.line(
    `${target.app.name} runs v${before.release.version} (${commit}), ${dynos.join(' ') || 'no dynos'}.`,
  )
  output.line(
    `Preboot is ${before.preboot ? 'on' : 'off'}, maintenance is ${before.maintenance ? 'on' : 'off'}.`,
  )
  output.line(`Schema fingerprint ${before.fingerprint.slice(0, 12)}, account ${target.account}.`)
}

/** What Heroku would refuse, or would deploy other than what the user sees, is refused here: nothing has changed yet. */
function assertDeployable(repository: Repository, { allowDetached }: DeployOptions): void {
  const { dirtyFiles, branch, shallow } = repository
  refuseUncommitted(dirtyFiles)
  if (shallow)
    throw new PreconditionError(
      'The clone is shallow, and Heroku refuses a push from it. Nothing was changed.',
      {
        next: ['git fetch --unshallow'],
      },
    )
  if (branch === null && allowDetached !== true)
    throw new PreconditionError(
      'The repository has a detached HEAD, so it is not clear what is to be deployed. Nothing was changed.',
      {
        next: ['git switch main', 'Or say that it is meant: lockkeeper deploy --allow-detached'],
      },
    )
}

function refuseUncommitted(files: readonly string[]): void {
  if (files.length === 0) return
  throw new PreconditionError(
    `The work tree has changes that are not committed (${files.slice(0, 5).join(', ')}). Nothing was changed.`,
    { next: ['Commit them or stash them, then deploy again.'] },
  )
}

/** An untracked migration would run, and not be part of the release. */
async function refuseUntracked(
  { directory }: DeployOptions,
  { untrackedFiles }: Repository,
  { migrations }: Before,
): Promise<void> {
  const prefix = (await repositoryPrefix(directory)) ?? ''
  const untracked = new Set(untrackedFiles)
  const pending = (migrations?.pending ?? []).map(({ file }) => prefix + file)
  refuseUncommitted(pending.filter((file) => untracked.has(file)))
}

/** Asks git, before anything is changed, whether Heroku's repository would take the commit. */
async function assertPushable(options: DeployOptions, repository: Repository): Promise<void> {
  const { rejected } = await foreseePush(pushOf(options, repository))
  if (rejected === undefined) return
  throw new PreconditionError(`Heroku would refuse the push: ${rejected}. Nothing was changed.`, {
    next: [
      'If somebody else pushed in the meantime, bring it in: git pull, or git fetch and rebase.',
      'If you amended or rebased a commit that was pushed before, push over it: lockkeeper deploy --allow-older',
    ],
  })
}

async function assertNotOlder(options: DeployOptions, repository: Repository, before: Before): Promise<void> {
  if (options.allowOlder === true || before.commit === null || before.commit === repository.head) return
  const older = await isAncestor(repository.root, repository.head, before.commit)
  if (older === false) return
  const short = [repository.head.slice(0, 8), before.commit.slice(0, 8)] as const
  throw new PreconditionError(
    older === undefined
      ? `${before.commit.slice(0, 8)}, which runs now, is not in this clone, so ${short[0]} may be older. Nothing was changed.`
      : `${short[0]} is an ancestor of ${short[1]}, which runs now. Nothing was changed.`,
    {
      next: ['Fetch and deploy the newest commit, or say that it is meant: lockkeeper deploy --allow-older'],
    },
  )
}
