import { rules } from '../../src/safety/rules.ts'
import { schemaOfExample, standsAlone } from '../../test/support/rule-schema.ts'
import type { UntoldCase } from './case.ts'

/** The bad and the good example of each rule, as cases. */
export function ruleCases(): UntoldCase[] {
  return rules.flatMap(({ id, bad, good }) =>
    Object.entries({ bad, good }).map(([which, sql]) => ({
      id: `${id}, ${which} example`,
      source: 'the rules',
      setup_sql: schemaOfExample(sql),
      sql,
      in_transaction: !standsAlone(sql),
    })),
  )
}
