import type { Names } from '../effect.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { baseName, inventName } from '../sql-text.ts'
import { column, now, step, type Release } from './steps.ts'

/** NOT NULL without a scan under the lock: a CHECK that is validated beside the traffic proves that there is no NULL. */
export function notNullSteps(names: Names, release: Release): RecipeStep[] {
  const { table } = names
  const check = inventName(baseName(table), column(names), 'not_null')
  return [
    step(
      release,
      'Check new rows only; the running release must already write the column',
      `ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${column(names)} IS NOT NULL) NOT VALID`,
    ),
    step(
      release,
      'Check the old rows beside the traffic, in another migration',
      `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check}`,
    ),
    step(
      release,
      'Now it needs no scan; drop the constraint in a statement of its own, because one ALTER TABLE would drop it first',
      `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET NOT NULL`,
      `ALTER TABLE ${table} DROP CONSTRAINT ${check}`,
    ),
  ]
}

export function notNull(names: Names): Recipe {
  return { title: 'Prove that there is no NULL before SET NOT NULL', steps: notNullSteps(names, now) }
}
