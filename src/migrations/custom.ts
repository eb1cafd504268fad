import { PreconditionError, UsageError } from '../errors.ts'
import { withConnection } from '../postgres/connection.ts'
import { withoutSecrets } from '../postgres/secrets.ts'
import { askTool } from './ask-tool.ts'
import { runCommand } from './command.ts'
import { findTable } from './project-files.ts'
import { refused, requireDatabase } from './tool-run.ts'
import { createKeeper, toolEnvironment } from './tool-session.ts'
import type {
  ApplyOptions,
  ApplyResult,
  CustomCommands,
  Framework,
  MigrationContext,
  MigrationState,
  RunOptions,
} from './types.ts'

/** Any other tool: the project's own commands say what is pending, apply it and undo it. */
export const custom: Framework = {
  name: 'command',
  historyTables: (config) => [findTable(config, 'schema_migrations')],
  recognise: async (_directory, { migrations }) => migrations.custom !== undefined,
  read: readState,
  apply,
  reverse,
}

function commandsOf({ config }: MigrationContext): CustomCommands {
  const { custom: commands } = config.migrations
  if (commands !== undefined) return commands
  throw new UsageError('migrations.framework is command, and migrations.custom does not say which commands.')
}

/** One JSON object to a line: those that say `applied` are no longer pending, and make the list whole. */
async function readState(context: MigrationContext): Promise<MigrationState> {
  const { pending: command } = commandsOf(context)
  const answer = await askTool(context, {
    tool: 'The command migrations.custom.pending',
    file: 'sh',
    arguments: ['-c', command],
    cwd: context.directory,
  })
  if (answer === 'not installed') throw new PreconditionError(`The command '${command}' cannot be run.`)
  // A framework is recognised sooner without what reads its answer.
  const { describe, parseLine } = await import('./custom-line.ts')
  const { url } = context
  const clean = (text: string) => (url === null ? text : withoutSecrets(url, text))
  const entries = answer.text
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => parseLine(text, clean))
  const ids = entries.map(({ id }) => id)
  return {
    framework: 'command',
    applied: entries.filter(({ applied, missing }) => applied || missing).map(({ id }) => id),
    pending: entries.filter(({ applied, missing }) => !applied && !missing).map(describe),
    missing: entries.filter(({ missing }) => missing).map(({ id }) => id),
    outOfOrder: [],
    problems: ids
      .filter((id, index) => ids.indexOf(id) !== index)
      .map((id) => `migrations.custom.pending lists ${id} more than once.`),
  }
}

async function apply(context: MigrationContext, options: ApplyOptions = {}): Promise<ApplyResult> {
  const state = await readState(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const ids = state.pending.slice(0, options.count).map(({ id }) => id)
  if (ids.length === 0) return { ok: true, exitCode: 0, output: '', applied: [] }
  return runFor(context, commandsOf(context).apply, ids, options, 'applied')
}

async function reverse(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const { reverse: command } = commandsOf(context)
  if (command === undefined) return refused('migrations.custom names no command that undoes migrations.')
  return runFor(context, command, ids, options, 'undone')
}

const standardDeadline = 3600 // seconds

/** Runs the command, and asks the other one what came of it. */
async function runFor(
  context: MigrationContext,
  command: string,
  ids: readonly string[],
  options: RunOptions,
  what: 'applied' | 'undone',
): Promise<ApplyResult> {
  const reachable = requireDatabase(context)
  await withConnection(reachable.url, (client) => client.query('select 1'))
  const { lockTimeout, deadline = standardDeadline } = context.config.migrate
  const keeper = createKeeper(context, options.onOutput)
  const session = { lockTimeout, applicationName: 'lockkeeper', tlsMode: 'require' } as const
  const run = await runCommand({
    file: 'sh',
    arguments: ['-c', command],
    cwd: context.directory,
    environment: { ...toolEnvironment(context, session), LOCKKEEPER_MIGRATIONS: ids.join('\n') },
    deadline,
    signal: options.signal,
    onLine: keeper.take,
  })
  const waiting = new Set((await readState(context)).pending.map(({ id }) => id))
  const moved = ids.filter((id) => waiting.has(id) === (what === 'undone'))
  const result = { exitCode: run.exitCode, output: keeper.text(), applied: moved }
  if (run.exitCode === 0 && moved.length === ids.length) return { ...result, ok: true }
  const left = ids.find((id) => !moved.includes(id))
  const outcome = left === undefined ? 'All were' : `${left} was not`
  return {
    ...result,
    ok: false,
    reason: `${outcome} ${what}: '${command}' ended with exit code ${run.exitCode ?? 'unknown'}.`,
  }
}
