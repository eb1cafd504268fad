import { qualified, type TableColumn } from '../../postgres/facts.ts'
import {
  constraintKey,
  constraintsOf,
  factsName,
  findColumn,
  isNewRelation,
  shortName,
  type World,
} from '../known.ts'
import { as } from '../nodes.ts'
import type { AlterCommand } from './alter-form.ts'
import { isDoubted } from './presence.ts'
import { isPassedOn } from './shared-constraints.ts'

/** Why Postgres refuses to change the columns of a table that has them in common with others: with its parents, its children or its type. */
export function whyKept(change: 'add' | 'drop' | 'rename' | 'retype', of: Place): string | undefined {
  const { world, table, column, whole } = of
  const facts = world.facts?.relation?.(factsName(world, table))
  if (!facts || world.known.doubtful || isNewRelation(world, table)) return undefined
  if (facts.ofType !== null) return `${table} has the columns of the type ${facts.ofType}`
  if (change === 'add' && facts.isPartition) return `${table} is a partition: it has the columns of its table`
  const parent = facts.parents.find((one) => findColumn(world, shortName(one), column))
  if (change !== 'add' && parent !== undefined)
    return `${table} inherits the column ${column} from ${shortName(parent)}`
  const [child] = world.facts?.descendants?.(factsName(world, table)) ?? []
  const alone = !whole && child !== undefined && (change !== 'drop' || facts.kind === 'partitioned table')
  return alone ? `${shortName(child)} would need the same, and ONLY leaves it out` : undefined
}

export interface Place {
  readonly world: World
  readonly table: string
  readonly column: string
  /** It speaks of the children of the table as well: it does not say ONLY. */
  readonly whole: boolean
}

/** The same, for a subcommand of ALTER TABLE. */
export function keptBy(
  change: 'add' | 'drop' | 'retype',
  { table, context: { world, statement } }: Pick<AlterCommand, 'table' | 'context'>,
  column: string,
): string | undefined {
  const whole = as(statement.node, 'AlterTableStmt')?.relation?.inh === true
  return whyKept(change, { world, table, column, whole })
}

/** Why a table cannot become a child of another: it needs the columns of it, as a partition no others, and its CHECKs. */
export function whyNoChild(
  child: string,
  parent: string,
  exactly: boolean,
  world: World,
): string | undefined {
  if (world.known.doubtful) return undefined
  return whyOtherColumns(child, parent, exactly, world) ?? whyNoCheck(child, parent, world)
}

function whyOtherColumns(child: string, parent: string, exactly: boolean, world: World): string | undefined {
  const [own, its] = [columnsOf(child, world), columnsOf(parent, world)]
  if (own === undefined || its === undefined) return undefined
  for (const { name, type, notNull } of its) {
    const same = own.find((column) => column.name === name)
    if (same === undefined) return `${child} has no column ${name}, which ${parent} has`
    if (same.type !== type) return `${child}.${name} is of another type than that of ${parent}`
    if (notNull && !same.notNull) return `${child}.${name} may be NULL, and that of ${parent} may not`
  }
  const more = exactly ? own.find(({ name }) => !its.some((column) => column.name === name)) : undefined
  return more === undefined ? undefined : `${child} has a column ${more.name}, which ${parent} has not`
}

/** The CHECKs are told apart by their names. */
function whyNoCheck(child: string, parent: string, world: World): string | undefined {
  const isTold = isNewRelation(world, child)
    ? world.known.whole.has(qualified(child))
    : world.facts?.constraints !== undefined
  if (!isTold || isNewRelation(world, parent)) return undefined
  const own = constraintsOf(world, child)
  const missing = constraintsOf(world, parent).find(
    (its) =>
      its.kind === 'check' &&
      isPassedOn(its) &&
      !own.some(({ name }) => name === its.name) &&
      !isDoubted(constraintKey(child, its.name), world),
  )
  return missing && `${child} has no constraint ${missing.name}, which ${parent} has`
}

/** As they are after the statements so far; undefined for a table whose columns are not all known. */
function columnsOf(table: string, world: World): TableColumn[] | undefined {
  const before = world.facts?.columns?.(factsName(world, table)) ?? []
  const prefix = `${table}.`
  const changed = [...world.known.newColumns, ...world.known.dropped].some((part) =>
    shortName(part).startsWith(prefix),
  )
  if (before.length === 0 || changed || isNewRelation(world, table)) return undefined
  return before.map((column) => ({ ...column, ...findColumn(world, table, column.name) }))
}
