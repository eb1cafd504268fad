import type { Names } from '../effect.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { indexOfPartitions } from './partitions.ts'
import { column, later, now, outsideTransaction, step } from './steps.ts'

/** CREATE UNIQUE INDEX, whatever comments stand between the words. */
const beginning = /^(?:\s|\/\*[\s\S]*?\*\/|--.*\n|create|unique)*index/i

export function concurrentIndex(names: Names): Recipe {
  if (names.partitions !== undefined)
    return { title: 'Build the index of each partition beside the traffic', steps: indexOfPartitions(names) }
  const sql = (names.definition ?? '').replace(beginning, (words) => `${words} CONCURRENTLY`)
  return {
    title: 'Build the index beside the traffic',
    steps: [outsideTransaction(now, 'Alone in a migration without a transaction', sql)],
  }
}

/** The step that builds a unique index under the name. */
export function uniqueIndex(names: Names, index: string): RecipeStep {
  const columns = names.columns?.length ? names.columns : [column(names)]
  const clauses = names.keyClauses?.ofIndex ?? ''
  const sql = `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${names.table} (${columns.join(', ')})${clauses}`
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
