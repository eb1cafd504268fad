import type { Names } from '../effect.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { column, later, now, outsideTransaction, step } from './steps.ts'

export function concurrentIndex(names: Names): Recipe {
  const sql = (names.definition ?? '').replace(/\bindex\b/i, (word) => `${word} CONCURRENTLY`)
  return {
    title: 'Build the index beside the traffic',
    steps: [outsideTransaction(now, 'Alone in a migration without a transaction', sql)],
  }
}

/** The step that builds a unique index under the name. */
export function uniqueIndex(names: Names, index: string): RecipeStep {
  const columns = names.columns?.length ? names.columns : [column(names)]
  const sql = `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${names.table} (${columns.join(', ')})`
  return outsideTransaction(
    now,
    'Build the index beside the traffic, alone in a migration without a transaction',
    sql,
  )
}

export function dropIndexLater(names: Names): Recipe {
  return {
    title: 'Drop it when no running release needs it for ON CONFLICT',
    steps: [
      step(now, 'Deploy code that names another unique key in ON CONFLICT'),
      outsideTransaction(
        later,
        'Drop it beside the traffic',
        `DROP INDEX CONCURRENTLY ${names.index ?? 'index_name'}`,
      ),
    ],
  }
}

export function reindexConcurrently({ definition = '' }: Names): Recipe {
  return {
    title: 'Rebuild beside the traffic',
    steps: [outsideTransaction(now, 'Alone in a migration without a transaction', definition)],
  }
}
