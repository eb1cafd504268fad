import { PreconditionError } from '../../errors.ts'
import { ancestorsOf, chunksOf, leavesOf } from '../graph.ts'
import { readHistory } from '../history.ts'
import { refused, requireDatabase, runStages, type Stage, type Tool } from '../tool-run.ts'
import type { ApplyOptions, ApplyResult, MigrationContext, RunOptions } from '../types.ts'
import { readDjango, type DjangoState } from './read.ts'
import { runScript } from './run-script.ts'

const tool: Tool = {
  name: 'Django',
  async listApplied(client) {
    const table = { name: 'django_migrations', columns: ['app', 'name'], order: 'id' }
    return (await readHistory(client, table)).map(({ app, name }) => `${app}.${name}`)
  },
}

/** Applies pending migrations with manage.py migrate: all of them in one run where they wait for locks alike. */
export async function applyDjango(
  context: MigrationContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  requireDatabase(context)
  const state = await readDjango(context)
  if (state.problems.length > 0) throw new PreconditionError(state.problems.join(' '))
  const wanted = state.pending.slice(0, options.count)
  const whole = wanted.length === state.pending.length
  const chunks = await chunksOf(wanted, true)
  const stages = chunks.flatMap(({ ids, concurrent }, index) =>
    whole && index === chunks.length - 1
      ? [stage(state, 'up', ids, [], concurrent)]
      : leavesOf(ids, state.parents).map(({ leaf, ids: own }) =>
          stage(state, 'up', own, target(leaf), concurrent),
        ),
  )
  return runStages(tool, context, stages, options)
}

/** 'shop.0001_initial' as manage.py takes it. */
function target(id: string): string[] {
  const dot = id.indexOf('.')
  return [id.slice(0, dot), id.slice(dot + 1)]
}

function stage(
  { python, manage, alias }: DjangoState,
  direction: Stage['direction'],
  ids: readonly string[],
  what: readonly string[],
  concurrent = false,
): Stage {
  const [file = '', ...rest] = python
  const command = ['migrate', ...what, '--database', alias, '--noinput']
  return { direction, ids, concurrent, file, arguments: [...rest, '-c', runScript, manage, ...command] }
}

/** Undoes exactly these migrations, newest first: each by going to the one before it in its app, where that undoes nothing else. */
export async function reverseDjango(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  requireDatabase(context)
  const state = await readDjango(context)
  const remaining = new Set(state.applied)
  const stages: Stage[] = []
  for (const id of ids) {
    const { previous, undone, reason } = wayBack(id, state, remaining)
    if (reason !== null) return refused(reason)
    for (const gone of undone) remaining.delete(gone)
    stages.push(stage(state, 'down', [id], [target(id)[0] ?? '', previous]))
  }
  return runStages(tool, context, stages, options)
}

interface WayBack {
  /** What manage.py is to go to. */
  readonly previous: string
  readonly undone: readonly string[]
  readonly reason: string | null
}

/** How one migration is undone, given those that are still applied. */
export function wayBack(
  id: string,
  { parents }: Pick<DjangoState, 'parents'>,
  applied: ReadonlySet<string>,
): WayBack {
  const refuse = (reason: string): WayBack => ({ previous: '', undone: [], reason })
  if (parents[id] === undefined)
    return refuse(`The file of migration ${id} is missing, so it cannot be undone.`)
  if (!applied.has(id)) return refuse(`Migration ${id} is not applied: it was not undone.`)
  const [app = ''] = target(id)
  const isOwn = (other: string) => target(other)[0] === app
  const before = (parents[id] ?? []).filter(isOwn)
  const ways = (before.length === 0 ? [undefined] : before).map((previous) => ({
    previous: previous === undefined ? 'zero' : (target(previous)[1] ?? ''),
    undone: undoneBy(app, previous, parents, applied),
  }))
  const exact = ways.find(({ undone }) => undone.length === 1 && undone[0] === id)
  if (exact !== undefined) return { ...exact, reason: null }
  const others = (ways[0]?.undone ?? []).filter((other) => other !== id)
  return refuse(`Undoing ${id} would undo ${others.join(', ')} as well: it was not undone.`)
}

/** What Django undoes on its way to a migration: all that is applied and comes after the next ones of the app. */
function undoneBy(
  app: string,
  previous: string | undefined,
  parents: DjangoState['parents'],
  applied: ReadonlySet<string>,
): string[] {
  const own = Object.keys(parents).filter((id) => target(id)[0] === app)
  const next = own.filter((id) => {
    const before = (parents[id] ?? []).filter((parent) => target(parent)[0] === app)
    return previous === undefined ? before.length === 0 : before.includes(previous)
  })
  return [...applied].filter((id) => {
    const brought = ancestorsOf(id, parents)
    return next.some((first) => brought.has(first))
  })
}
