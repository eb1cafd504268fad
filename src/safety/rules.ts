import type { Effect, Names } from './effect.ts'
import type { Recipe } from './finding.ts'
import { hazardsOf, severities, type Hazard } from './hazards.ts'
import { columnRules } from './rules/columns.ts'
import { constraintRules } from './rules/constraints.ts'
import type { Rule } from './rules/rule.ts'
import { objectRules } from './rules/objects.ts'
import { migrationRules } from './rules/migrations.ts'
import { tableRules } from './rules/tables.ts'
import { targetRules } from './rules/target.ts'
import type { Sizes } from './sizes.ts'

export type { Rule } from './rules/rule.ts'

/** All rules, the special ones first: the first rule that speaks of an effect's form answers for its hazard. */
export const rules: readonly Rule[] = [
  ...columnRules,
  ...constraintRules,
  ...objectRules,
  ...tableRules,
  ...migrationRules,
  ...targetRules,
]

export interface Violation {
  readonly rule: Rule
  readonly hazard: Hazard
  readonly severity: (typeof severities)[Hazard]
  readonly message: string
  readonly recipe: Recipe | null
}

/** The rules that an effect violates: each of its hazards is answered for by exactly one rule. */
export function violationsOf(effect: Effect, sizes: Sizes): Violation[] {
  const open = hazardsOf(effect, sizes)
  if (open.size === 0) return []
  const found: Violation[] = []
  for (const rule of rulesOf(effect.form)) {
    const hazard = rule.hazards.find((candidate) => open.has(candidate))
    if (hazard === undefined) continue
    for (const answered of rule.hazards) open.delete(answered)
    const recipe = recipeOf(rule, effect.names)
    found.push({ rule, hazard, severity: severities[hazard], message: rule.message(effect), recipe })
    if (open.size === 0) break
  }
  return found
}

const byForm = new Map<string, readonly Rule[]>()

/** The rules that speak of a form. */
function rulesOf(form: string): readonly Rule[] {
  const known = byForm.get(form)
  if (known !== undefined) return known
  const found = rules.filter(({ forms }) => forms === undefined || forms.includes(form))
  byForm.set(form, found)
  return found
}

/** The recipe of a rule for a statement that uses these names; null when the rule has none. */
function recipeOf({ recipe }: Rule, names: Names): Recipe | null {
  if (recipe === undefined) return null
  const { table, column, type } = names
  const about = {
    table,
    ...(column === undefined ? {} : { column }),
    ...(type === undefined ? {} : { type }),
  }
  return { about, ...recipe(names) }
}
