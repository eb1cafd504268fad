import type { ConstraintFacts, IndexFacts, TableConstraint } from '../../postgres/facts.ts'
import type { ColumnParts, Names } from '../effect.ts'
import type { RecipeStep } from '../finding.ts'
import { shortName } from '../known.ts'
import { baseName, inSchemaOf, inventName } from '../sql-text.ts'
import { notValid } from './constraints.ts'
import { notNullSteps } from './not-null.ts'
import { indexOfPartitions } from './partitions.ts'
import { sayColumn } from './say-column.ts'
import { column, later, now, outsideTransaction } from './steps.ts'

/** How a column gets what the one has that it takes the place of. */
export interface Succession {
  /** Beside the traffic, before any code says the new column; under names that are free. */
  readonly steps: readonly RecipeStep[]
  /** When every running release says the new column. */
  readonly laterSteps: readonly RecipeStep[]
  /** In the migration that drops the old column, before it does. */
  readonly before: readonly string[]
  /** And after it, when the names of the old one's parts are free. */
  readonly after: readonly string[]
  /** What the user has to see to. */
  readonly left: readonly string[]
}

interface Heir {
  readonly table: string
  readonly from: string
  readonly to: string
  readonly parts: ColumnParts
}

/** What the new column needs before the old one goes. */
export function succession(old: Names, added: Names): Succession {
  const { parts, table } = old
  if (parts === undefined) return nothing
  const heir: Heir = { table, from: column(old), to: column(added), parts }
  return joined([
    { ...nothing, laterSteps: parts.notNull ? notNullSteps(added, later) : [] },
    ...parts.indexes.map((one) => indexOf(heir, one)),
    ...parts.constraints.map((one) => constraintOf(heir, one)),
    ...parts.referencing.map((one) => referenceOf(heir, one)),
    numbering(heir),
    defaultOf(heir),
    replicaIdentity(heir),
  ])
}

const nothing: Succession = { steps: [], laterSteps: [], before: [], after: [], left: [] }

function joined(all: readonly Succession[]): Succession {
  return {
    steps: all.flatMap(({ steps }) => steps),
    laterSteps: all.flatMap(({ laterSteps }) => laterSteps),
    before: all.flatMap(({ before }) => before),
    after: all.flatMap(({ after }) => after),
    left: all.flatMap(({ left }) => left),
  }
}

const leave = (what: string): Succession => ({ ...nothing, left: [what] })

/** The name of a part until that of the old column's is free. */
const passing = (name: string): string => inventName(baseName(name), 'new')

/** An index, and be it that of a key: the key itself can only follow when the old one is gone. */
function indexOf({ table, from, to, parts }: Heir, index: IndexFacts): Succession {
  const name = baseName(index.name ?? '')
  const key = parts.constraints.find(({ name: constraint }) => constraint === name)
  const definition = sayColumn(index.definition ?? '', from, to)
  const isKey = key?.kind === 'unique' || key?.kind === 'primary key'
  const isWhole = parts.partitions !== undefined
  // Whoever needs no index made it for the constraint alone.
  if (
    definition === undefined ||
    !definition.includes(' USING ') ||
    (index.ofConstraint === true && (!isKey || isWhole))
  )
    return leave(`the ${index.ofConstraint === true ? 'constraint' : 'index'} ${name}`)
  const create = index.unique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  const indexed = definition.slice(definition.indexOf(' USING ') + 1)
  const rename = `ALTER INDEX ${inSchemaOf(table, passing(name))} RENAME TO ${name}`
  return {
    ...nothing,
    steps: isWhole
      ? indexOfPartitions({
          table,
          index: inSchemaOf(table, passing(name)),
          definition,
          indexed,
          over: index.columns.map((one) => (one === from ? to : (one ?? 'expr'))),
          partitions: parts.partitions,
        })
      : [
          outsideTransaction(
            now,
            `Build ${name} over the new column beside the traffic, without a transaction`,
            `${create} CONCURRENTLY ${passing(name)} ON ${table} ${indexed}`,
          ),
        ],
    after: isKey ? [attach(table, name, key)] : [rename],
  }
}

/** The index of a key takes the name of its constraint. */
function attach(table: string, name: string, { kind, definition }: ConstraintFacts): string {
  const kept = / DEFERRABLE.*$/.exec(definition)?.[0] ?? ''
  const words = kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'
  return `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${words} USING INDEX ${passing(name)}${kept}`
}

/** A CHECK or a foreign key. */
function constraintOf(heir: Heir, constraint: ConstraintFacts): Succession {
  const { kind, name } = constraint
  const { table, parts } = heir
  if (kind === 'unique' || kind === 'primary key' || kind === 'exclude') {
    const isTold = parts.indexes.some((index) => baseName(index.name ?? '') === name)
    return isTold ? nothing : leave(`the constraint ${name}`)
  }
  return constrain(heir, table, constraint, { own: true, referenced: false })
}

/** A foreign key that points at the column: it goes before the column does. */
function referenceOf(heir: Heir, key: TableConstraint): Succession {
  const table = shortName(key.table)
  const made = constrain(heir, table, key, { own: key.table === key.references, referenced: true })
  if (made.left.length > 0) return made
  return { ...made, before: [`ALTER TABLE ${table} DROP CONSTRAINT ${key.name}`] }
}

function constrain(
  { from, to, parts }: Heir,
  table: string,
  { name, definition, validated }: ConstraintFacts,
  sides: { readonly own: boolean; readonly referenced: boolean },
): Succession {
  const add = `ALTER TABLE ${table} ADD `
  const said = sayColumn(add + definition, from, to, sides)
  if (said === undefined) return leave(`the constraint ${name} of ${table}`)
  const partitions = sides.referenced ? undefined : parts.partitions
  const { steps } = notValid({
    table,
    constraint: passing(name),
    definition: said.slice(add.length).replace(/ NOT VALID$/, ''),
    ...(partitions === undefined ? {} : { partitions }),
  })
  return {
    ...nothing,
    steps: validated ? steps : steps.slice(0, 1),
    after: [`ALTER TABLE ${table} RENAME CONSTRAINT ${passing(name)} TO ${name}`],
  }
}

/** What numbers the column goes on where it is: a sequence that is its own would go with it. */
function numbering({ table, to, parts }: Heir): Succession {
  const { identity, identityOptions, sequence, ownsSequence } = parts
  if (identity === undefined)
    return sequence !== undefined && ownsSequence
      ? { ...nothing, before: [`ALTER SEQUENCE ${shortName(sequence)} OWNED BY ${table}.${to}`] }
      : nothing
  if (sequence === undefined) return leave('the identity')
  const words = identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'
  const name = inSchemaOf(table, passing(sequence))
  const options = [`SEQUENCE NAME ${name}`, ...(identityOptions ? [identityOptions] : [])].join(' ')
  return {
    ...nothing,
    before: [
      `ALTER TABLE ${table} ALTER COLUMN ${to} ADD GENERATED ${words} AS IDENTITY (${options})`,
      `SELECT setval(${quoted(name)}, nextval(${quoted(shortName(sequence))}), false)`,
    ],
    after: [`ALTER SEQUENCE ${name} RENAME TO ${baseName(sequence)}`],
    left: identityOptions === undefined ? ['what the identity says of its sequence'] : [],
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Not earlier: while both columns are written, a default would be taken for a value that somebody wrote. */
function defaultOf({ table, to, parts }: Heir): Succession {
  if (parts.isGenerated) return leave('the expression that the column is generated from')
  if (!parts.hasDefault) return nothing
  if (parts.defaultValue === undefined) return leave('the default')
  return { ...nothing, before: [`ALTER TABLE ${table} ALTER COLUMN ${to} SET DEFAULT ${parts.defaultValue}`] }
}

/** Subscribers of a publication tell the rows apart by an index, which goes with the column. */
function replicaIdentity({ table, parts }: Heir): Succession {
  const index = parts.indexes.find(({ isReplicaIdentity }) => isReplicaIdentity === true)
  if (index === undefined) return nothing
  return {
    ...nothing,
    after: [`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX ${baseName(index.name ?? '')}`],
  }
}
