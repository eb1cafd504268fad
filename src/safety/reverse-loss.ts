import type pg from 'pg'
import type { Effect } from './effect.ts'

/** Something that undoing migrations would lose. */
export interface ReverseLoss {
  readonly table: string
  /** 'the table items', 'the column items.note'. */
  readonly what: string
  /** How many rows, at least; null when it could not be found out, which counts as a loss. */
  readonly rows: number | null
  /** For the user. */
  readonly sentence: string
}

export interface ReverseLossOptions {
  /** Seconds for each question. */
  readonly timeout?: number
}

const defaultTimeout = 5 // seconds
/** Counting further says nothing new. */
const enough = 1000

/**
 * What undoing applied migrations would lose of what was written since: rows of the tables that they made, values of the columns that
 * they added. A question that cannot be answered in time counts as a loss.
 */
export async function whatReverseLoses(
  client: pg.Client,
  effects: readonly Effect[],
  options: ReverseLossOptions = {},
): Promise<ReverseLoss[]> {
  const losses: ReverseLoss[] = []
  for (const question of questions(effects)) {
    const rows = await ask(client, question, options.timeout ?? defaultTimeout)
    if (rows !== 0)
      losses.push({ table: question.table, what: question.what, rows, sentence: sentence(question, rows) })
  }
  return [...losses, ...overwritten(effects)]
}

interface Question {
  readonly table: string
  readonly what: string
  /** Rows that hold something. */
  readonly sql: string
}

function questions(effects: readonly Effect[]): Question[] {
  const things = effects.flatMap(({ creates }) => creates)
  const tables = things.filter(({ kind }) => kind === 'table').map(({ name }) => name)
  return [
    ...tables.map((table) => ({ table, what: `the table ${table}`, sql: `select from ${table}` })),
    ...effects.flatMap(({ names, creates, isNew }) => {
      const added = !isNew && creates.some(({ kind }) => kind === 'column')
      return added && names.column !== undefined
        ? [columnQuestion(names.table, names.column, names.expression)]
        : []
    }),
  ]
}

// The default may be an expression: the values that differ from it are those that somebody chose.
function columnQuestion(table: string, column: string, expression: string | undefined): Question {
  const chosen =
    expression === undefined ? `${column} is not null` : `${column} is distinct from (${expression})`
  return { table, what: `the column ${table}.${column}`, sql: `select from ${table} where ${chosen}` }
}

async function ask(client: pg.Client, { sql }: Question, timeout: number): Promise<number | null> {
  try {
    await client.query('begin read only')
    await client.query(`set local statement_timeout = ${Math.ceil(timeout * 1000)}`)
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from (${sql} limit ${enough}) as found`,
    )
    return rows[0]?.count ?? null
  } catch {
    return null
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

function sentence({ what }: Question, rows: number | null): string {
  if (rows === null) return `Whether ${what} holds something could not be found out.`
  return `Undoing drops ${what} with ${rows >= enough ? `${enough} or more` : rows} row${rows === 1 ? '' : 's'} of data.`
}

// What the migrations themselves lost or overwrote does not come back by undoing them.
function overwritten(effects: readonly Effect[]): ReverseLoss[] {
  return effects
    .filter(({ loses }) => loses !== null)
    .map(({ relation, loses }) => ({
      table: relation,
      what: loses ?? '',
      rows: null,
      sentence: `Undoing does not bring back ${String(loses)}.`,
    }))
}
