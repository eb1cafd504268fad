import type { Names } from '../effect.ts'
import type { RecipeStep } from '../finding.ts'
import { baseName, inSchemaOf, inventName } from '../sql-text.ts'
import { besideTable, now, outsideTransaction, step } from './steps.ts'

/** Partitions that a recipe names at most. */
const mostNamed = 50

interface Part {
  readonly partition: string
  /** The index or constraint of the partition, and its name with the partition's schema. */
  readonly own: string
  readonly qualified: string
}

/** What an index of each partition is called. */
function partsOf(partitions: readonly string[], ...ending: readonly string[]): readonly Part[] {
  return partitions.slice(0, mostNamed).map((partition) => ({
    partition,
    own: inventName(baseName(partition), ...ending),
    qualified: besideTable(partition, ...ending),
  }))
}

const forEach = (title: string, partitions: readonly string[]): string =>
  partitions.length <= mostNamed ? title : `${title}; the same for the other partitions`

/** An index of a partitioned table: of the table alone, which makes none, of each partition beside the traffic, then joined. */
export function indexOfPartitions({
  index = '',
  table,
  indexed = '',
  ...names
}: Names): readonly RecipeStep[] {
  const { partitions = [], definition = '', over = [] } = names
  if (partitions.length === 0) return [inWords('index')]
  const create = /^create\s+unique/i.test(definition) ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  const parts = partsOf(partitions, ...over, 'idx')
  return [
    step(
      now,
      'An index of the table alone: it holds nothing yet',
      `${create} ${baseName(index)} ON ONLY ${table} ${indexed}`,
    ),
    outsideTransaction(
      now,
      forEach('Build the index of each partition beside the traffic, without a transaction', partitions),
      ...parts.map(({ partition, own }) => `${create} CONCURRENTLY ${own} ON ${partition} ${indexed}`),
    ),
    step(now, forEach('Join them: short', partitions), ...parts.map(attachTo(index))),
  ]
}

const attachTo =
  (index: string) =>
  ({ qualified }: Part): string =>
    `ALTER INDEX ${index} ATTACH PARTITION ${qualified}`

/** A unique constraint or a primary key of a partitioned table, the same way. */
export function keyOfPartitions(
  names: Names,
  kind: 'UNIQUE' | 'PRIMARY KEY',
  constraint: string,
): readonly RecipeStep[] {
  const { table, partitions = [], columns = [], keyClauses = { ofIndex: '', ofConstraint: '' } } = names
  if (partitions.length === 0) return [inWords('index')]
  const key = `(${columns.join(', ')})`
  const parts = kind === 'UNIQUE' ? partsOf(partitions, ...columns, 'key') : partsOf(partitions, 'pkey')
  const whole = `${kind} ${key}${keyClauses.ofIndex}${keyClauses.ofConstraint}`
  return [
    step(
      now,
      'The constraint of the table alone: it holds nothing yet',
      `ALTER TABLE ONLY ${table} ADD CONSTRAINT ${constraint} ${whole}`,
    ),
    outsideTransaction(
      now,
      forEach('Build the index of each partition beside the traffic, without a transaction', partitions),
      ...parts.map(
        ({ partition, own }) =>
          `CREATE UNIQUE INDEX CONCURRENTLY ${own} ON ${partition} ${key}${keyClauses.ofIndex}`,
      ),
    ),
    step(
      now,
      forEach('Make each a constraint and join them: short', partitions),
      ...parts.flatMap((part) => [
        `ALTER TABLE ${part.partition} ADD CONSTRAINT ${part.own} ${kind} USING INDEX ${part.own}${keyClauses.ofConstraint}`,
        attachTo(inSchemaOf(table, constraint))(part),
      ]),
    ),
  ]
}

/** A foreign key of a partitioned table, before Postgres 18: each partition's is checked beside the traffic, and the table's takes them over. */
export function foreignKeyOfPartitions(
  names: Names,
  constraint: string,
  body: string,
): readonly RecipeStep[] {
  const { table, partitions = [] } = names
  if (partitions.length === 0) return [inWords('foreign key')]
  const named = partitions.slice(0, mostNamed)
  return [
    step(
      now,
      forEach('Check new rows of each partition only', partitions),
      ...named.map((partition) => `ALTER TABLE ${partition} ADD ${body} NOT VALID`),
    ),
    ...named.map((partition) =>
      step(
        now,
        `Check the old rows of ${partition} beside the traffic`,
        `ALTER TABLE ${partition} VALIDATE CONSTRAINT ${constraint}`,
      ),
    ),
    step(now, 'The table takes over what its partitions have: short', `ALTER TABLE ${table} ADD ${body}`),
  ]
}

function inWords(what: string): RecipeStep {
  return step(
    now,
    `Make the ${what} of each partition that holds rows beside the traffic, join those of a level, and go up to the next`,
  )
}
