import type { Node, PartitionBoundSpec } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { descendantsOf, factsName, partitionKeyOf, type World } from '../known.ts'
import { as } from '../nodes.ts'
import { conjuncts } from './bounded.ts'
import { parsed } from './parsed.ts'
import {
  excludes,
  overlap,
  readBound,
  restrictsKey,
  takes,
  valuesOfKey,
  type Bound,
} from './partition-bounds.ts'

/** The partitions and children of a table, at every depth, that can hold rows for which the condition is true. */
export function reachedBy(condition: Node | undefined, table: string, world: World): readonly string[] {
  const conditions = conjuncts(condition)
  const children = childrenOf(table, world)
  const key = partitionKeyOf(world, table)
  const reached = restrictsKey(conditions, key)
    ? children.filter((child) => !isPassedOver(child, children, conditions, key, world))
    : children
  return [...new Set(reached.flatMap((child) => [child, ...reachedBy(condition, child, world)]))]
}

/** The partitions that a row with this value of the key goes through; none when it is no constant. */
export function takersOf(key: string, value: Node, table: string, world: World): readonly string[] {
  const condition: Node = {
    A_Expr: {
      kind: 'AEXPR_OP',
      name: [{ String: { sval: '=' } }],
      lexpr: { ColumnRef: { fields: [{ String: { sval: key } }] } },
      rexpr: value,
    },
  }
  return restrictsKey([condition], partitionKeyOf(world, table)) ? reachedBy(condition, table, world) : []
}

/** The partition that already takes what a new one is to take; undefined when there is none, or when it cannot be told. */
export function takenBy(
  spec: PartitionBoundSpec | undefined,
  table: string,
  world: World,
): string | undefined {
  if (spec === undefined || world.known.doubtful) return undefined
  const key = partitionKeyOf(world, table)
  return childrenOf(table, world).find((child) => {
    const other = specOf(child, world)
    if (other === undefined || world.known.dropped.has(qualified(child))) return false
    if (spec.is_default === true || other.is_default === true)
      return spec.is_default === true && other.is_default === true
    if (spec.strategy === 'h') return sharesRemainder(spec, other)
    const [own, its] = [readBound(spec, key), readBound(other, key)]
    return own !== undefined && its !== undefined && overlap(own, its)
  })
}

function childrenOf(table: string, world: World): string[] {
  const name = qualified(factsName(world, table))
  return descendantsOf(world, table).filter((child) => world.facts?.relation?.(child)?.parents.includes(name))
}

function isPassedOver(
  child: string,
  children: readonly string[],
  conditions: readonly Node[],
  key: string | null,
  world: World,
): boolean {
  const boundOf = (partition: string): Bound | undefined => readBound(specOf(partition, world), key)
  const bound = boundOf(child)
  if (bound !== undefined) return excludes(bound, conditions)
  if (specOf(child, world)?.is_default !== true) return false
  // The default partition holds no value that another one takes.
  const others = children.flatMap((other) => boundOf(other) ?? [])
  return conditions.some((condition) => {
    const values = valuesOfKey(condition, key)
    return values.length > 0 && values.every((value) => others.some((other) => takes(other, value)))
  })
}

/** Of a partition: what its bound says, read from 'FOR VALUES ...'. */
function specOf(partition: string, world: World): PartitionBoundSpec | undefined {
  const text = world.facts?.relation?.(factsName(world, partition))?.bound
  if (!text) return undefined
  const [statement] = parsed(`create table p partition of t ${text}`) ?? []
  return as(statement, 'CreateStmt')?.partbound
}

function sharesRemainder(one: PartitionBoundSpec, other: PartitionBoundSpec): boolean {
  const common = divisor(one.modulus ?? 0, other.modulus ?? 0)
  return common > 0 && (one.remainder ?? 0) % common === (other.remainder ?? 0) % common
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
