import type pg from 'pg'
import { connectionProblem } from '../postgres/lost-connection.ts'
import type { Precheck } from './judgement.ts'
import type { Question } from './questions/questions.ts'

/** What the data says to a question. */
export interface Answer extends Question {
  /** How many rows are in the way, up to 1000; of a trial 1 for 'some'; null when there is no answer. */
  readonly rows: number | null
  /** Why there is none: completes 'Whether it fits ...'. */
  readonly unanswered: string | null
  /** The statement itself would stop at one of the rows, in these words. */
  readonly stops: string | null
}

/** Counting further says nothing new. */
export const enough = 1000

/**
 * Asks one question. Undefined when the migrations themselves make what is asked about: then there is nothing to count yet. Throws
 * PreconditionError when the database goes away.
 */
export type Ask = (question: Question) => Promise<Answer | 'no time' | undefined>

export interface AskOptions {
  /** Seconds for each question. */
  readonly timeout: number
  /** Seconds for all of them together. */
  readonly budget: number
}

/** Asks as long as there is time. */
export function createAsk(client: pg.Client, { timeout, budget }: AskOptions): Ask {
  const end = Date.now() + budget * 1000
  return async (question) => {
    const left = (end - Date.now()) / 1000
    return left > 0 ? ask(client, question, Math.min(timeout, left)) : 'no time'
  }
}

/** Asks in a transaction of its own that only reads and is bounded in time. */
async function ask(client: pg.Client, question: Question, timeout: number): Promise<Answer | undefined> {
  try {
    await client.query('begin read only')
    await client.query(
      `set local statement_timeout = ${Math.ceil(timeout * 1000)}; set local lock_timeout = '1s'`,
    )
    const rows = await count(client, question)
    return { ...question, rows, unanswered: null, stops: null }
  } catch (error) {
    const problem = connectionProblem(error, 'its rows were being asked about')
    if (problem !== undefined) throw problem
    return answerOf(error, question, timeout)
  } finally {
    await client.query('rollback').catch(() => undefined)
  }
}

async function count(client: pg.Client, { sql, trial }: Question): Promise<number> {
  if (trial === true) {
    await client.query(sql)
    return 0
  }
  const { rows } = await client.query<{ count: number }>(
    // The question may end with a comment.
    `select count(*)::int as count from (${sql}\n limit ${enough}) as found`,
  )
  return rows[0]?.count ?? 0
}

/** Tables, columns, functions, types and schemas that are not there. */
const missing = new Set(['42P01', '42703', '42883', '42704', '3F000'])

// Postgres' own words for what is wrong with a row would show the row.
const stopping: Readonly<Record<string, string>> = {
  '22001': 'a value is too long',
  '22003': 'a number is out of range',
  '22007': 'a date or time cannot be read',
  '22008': 'a date or time is out of range',
  '22012': 'it divides by zero',
  '22P02': 'a text cannot be read as the type',
}

function answerOf(error: unknown, question: Question, timeout: number): Answer | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (missing.has(code)) return undefined
  if (code.startsWith('22') || code.startsWith('23'))
    return {
      ...question,
      rows: 1,
      unanswered: null,
      stops: stopping[code] ?? `Postgres refuses a value (${code})`,
    }
  const unanswered =
    reasons(question, timeout)[code] ?? `could not be asked (Postgres says ${code || 'nothing'})`
  return { ...question, rows: null, unanswered, stops: null }
}

const reasons = ({ table }: Question, timeout: number): Readonly<Record<string, string>> => ({
  '57014': `was not answered in time (${timeout} s)`,
  '55P03': `could not be asked, because somebody keeps ${table} locked`,
  '42501': `could not be asked, because the role of the connection may not read it`,
})

/** The answer, as a judgement lists it. */
export function toPrecheck({ table, what, sql, rows, unanswered }: Answer, migration: string): Precheck {
  return { migration, table, what, sql, rows, unanswered }
}
