import { readFacts } from '../postgres/facts.ts'
import type { Judgement } from '../safety/judgement.ts'
import { judge } from '../safety/verdict.ts'
import { askDatabase, openTarget, type OpenTarget } from './target.ts'

/** Judges the migrations that the target has not applied. Reads only. */
export async function check(options: OpenTarget): Promise<Judgement> {
  const target = await openTarget(options)
  const state = (await target.framework?.read(target.migrations)) ?? null
  if (state === null || state.pending.length === 0) return { verdict: 'safe', migrations: [] }
  const facts = await askDatabase(target, readFacts)
  return judge(state.pending, facts, { lockBudget: options.config.check.lockBudget })
}
