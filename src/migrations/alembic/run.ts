import { PreconditionError } from '../../errors.ts'
import { ancestorsOf, chunksOf, leavesOf } from '../graph.ts'
import { readHistory } from '../history.ts'
import { refused, requireDatabase, runStages, type Stage, type Tool } from '../tool-run.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, RunOptions } from '../types.ts'
import { readAlembic, type AlembicState } from './read.ts'
import { runScript } from './run-script.ts'

/** The table holds heads alone: what came before them is applied as well. */
function toolFor({ table, parents, project }: AlembicState): Tool {
  return {
    name: project.flask ? 'Flask-Migrate' : 'Alembic',
    async listApplied(client) {
      const rows = await readHistory(client, { name: table, columns: ['version_num'], order: 'version_num' })
      const heads = rows.map((row) => row['version_num'] ?? '')
      return [...new Set(heads.flatMap((head) => [...ancestorsOf(head, parents)]))]
    },
  }
}

/** Applies pending revisions, each in a run of its own unless env.py commits each by itself: locks must not outlive their revision. */
export async function applyAlembic(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  requireDatabase(context)
  const state = await readAlembic(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const chunks = await chunksOf(state.pending.slice(0, options.count), state.eachInItsTransaction)
  const stages = chunks.flatMap(({ ids, concurrent }) =>
    leavesOf(ids, state.parents).map(({ leaf, ids: own }) => ({
      ...stage(state, 'up', own, leaf),
      concurrent,
    })),
  )
  return runStages(toolFor(state), context, stages, options)
}

/** Undoes exactly these revisions, newest first, and stops at the first that Alembic cannot undo without another. */
export async function reverseAlembic(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  requireDatabase(context)
  const state = await readAlembic(context, ids)
  const stages: Stage[] = []
  for (const id of ids) {
    const way = state.waysBack[id]
    if (state.parents[id] === undefined)
      return refused(`The file of revision ${id} is missing, so it cannot be undone.`)
    if (!state.applied.includes(id)) return refused(`Revision ${id} is not applied: it was not undone.`)
    if (way === null || way === undefined)
      return refused(`Undoing ${id} would undo other revisions as well: it was not undone.`)
    stages.push(stage(state, 'down', [id], way))
  }
  return runStages(toolFor(state), context, stages, options)
}

function stage(
  { python, project }: AlembicState,
  direction: Stage['direction'],
  ids: readonly string[],
  target: string,
): Stage {
  const [file = '', ...rest] = python
  const verb = direction === 'up' ? 'upgrade' : 'downgrade'
  const command = project.flask
    ? ['flask', 'db', verb, '--directory', project.ini.replace(/\/alembic\.ini$/, ''), target]
    : ['alembic', '-c', project.ini, verb, target]
  return { direction, ids, file, arguments: [...rest, '-c', runScript, ...command], folder: project.folder }
}
