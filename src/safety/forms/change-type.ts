import type { ColumnDef, Node } from 'libpg-query'
import { qualified, type ColumnFacts } from '../../postgres/facts.ts'
import type { Break, Names, Work } from '../effect.ts'
import {
  changeColumn,
  constraintsOf,
  descendantsOf,
  findColumn,
  generatedFrom,
  indexesOf,
  isKind,
  isNewColumn,
  keyColumn,
  shortName,
  type Known,
  type World,
} from '../known.ts'
import { as } from '../nodes.ts'
import { clauseAt, columnOf, listName, typeText } from '../sql-text.ts'
import type { AlterCommand, AlterForm } from './alter-form.ts'
import { keysPointingAt, referencedThrough } from './column-keys.ts'
import { partsOf } from './column-parts.ts'
import { isConstrainedDomain } from './domains.ts'
import type { Draft } from './form.ts'
import { lockSequence } from './identity.ts'
import { viewsReading } from './known-views.ts'
import { lockIndexesOfWhole, lockOnly } from './locks.ts'
import { neederOf } from './needed-columns.ts'
import { keptBy } from './shared-columns.ts'
import {
  isFreeChange,
  isTimeZoneChange,
  keepsIndexes,
  losesDigits,
  narrows,
  staysComparable,
  withoutModifier,
} from './type-change.ts'
import { whyRowsStay } from './types.ts'

const lock = 'ACCESS EXCLUSIVE' as const

/** ALTER COLUMN ... TYPE: free only where Postgres is known to keep rows and indexes as they are. */
export const changeType: AlterForm = (input) => {
  const { table, name, context } = input
  const { world } = context
  const change = describe(input)
  const { type } = change
  const free = isFree(change, world)
  const using = usingText(change.definition, context)
  const names = {
    table,
    column: name,
    type,
    ...(change.before ? { oldType: change.before.type } : {}),
    ...(using === undefined ? {} : { expression: using }),
    key: keyColumn(world, table),
    parts: partsOf(world, table, name),
  }
  const { work, sources } = workOn(change, free, table, name, world)
  const changed = consequences(change, table, name, world)
  const draft: Draft = {
    form: work === 'nothing' ? 'change type for free' : 'change type',
    relation: table,
    lock,
    work,
    sources,
    names,
    learn: learnType(change, table, name, world),
    ...(free ? {} : { reversible: 'no' }),
    ...changed,
    fails: keptBy('retype', input, name) ?? whyRefused(table, name, world),
  }
  const indexes = lockIndexesOfWhole(draft.form, table, lock, world, ({ uses = [] }) => uses.includes(name))
  return [draft, ...indexes, ...foreignKeys(free, names, world), ...identitySequence(change, input)]
}

/** The sequence of an identity gets the type of its column. */
function identitySequence({ before }: Change, { table, name, context: { world } }: AlterCommand): Draft[] {
  return before?.identity ? lockSequence(world, table, name, 'SHARE ROW EXCLUSIVE') : []
}

/** Why the column keeps its type: something else is made of it. */
function whyRefused(table: string, name: string, world: World): string | undefined {
  const [view] = viewsReading(world, table, name)
  if (view !== undefined)
    return `the view ${shortName(view)} reads ${table}.${name}: drop it first, and make it again`
  const needer = neederOf(world, table, name)
  if (needer !== undefined) return `${needer} uses ${table}.${name}: drop it first, and make it again`
  const made = generatedFrom(world, table, name)
  return made === undefined
    ? whyRowsStay(table, world)
    : `the column ${made} is generated from ${table}.${name}: drop it first, and make it again`
}

interface Change {
  readonly definition: ColumnDef | undefined
  /** As Postgres prints it. */
  readonly type: string
  readonly before: ColumnFacts | null | undefined
  /** The type that USING casts the column to, or the new one without a cast; undefined when it does more. */
  readonly cast: string | undefined
  /** USING is there, and is more than the column. */
  readonly converts: boolean
  readonly collation: string | undefined
}

function describe({ command, table, name, context }: AlterCommand): Change {
  const definition = as(command.def, 'ColumnDef')
  const type = typeText(definition?.typeName)
  return {
    definition,
    type,
    before: findColumn(context.world, table, name),
    cast: castOf(definition?.raw_default, name, type),
    converts: definition?.raw_default !== undefined && columnOf(definition.raw_default) !== name,
    collation: definition?.collClause === undefined ? undefined : listName(definition.collClause.collname),
  }
}

function castOf(using: Node | undefined, column: string, type: string): string | undefined {
  if (using === undefined) return type
  const cast = as(using, 'TypeCast')
  if (columnOf(cast?.arg ?? using) !== column) return undefined
  return cast === undefined ? type : typeText(cast.typeName)
}

/** Whether the rows stay as they are stored. */
function isFree({ type, before, cast }: Change, world: World): boolean {
  // USING a, or USING a::type with the new type, changes nothing about what the type change does.
  if (cast !== type || before === null || before === undefined) return false
  const base = baseType(before.type, world)
  // The length of a domain is not that of the column: a length that the column gets is looked up in every row.
  const from = base === before.type ? base : withoutModifier(base)
  const to = isConstrainedDomain(world, type) === false ? baseType(type, world) : type
  if (isConstrainedDomain(world, type) === true && before.type !== type) return false
  if (isFreeChange(from, to)) return true
  if (isTimeZoneChange(from, to)) return isUtc(world.known.timeZone ?? world.facts?.timeZone)
  return !to.includes('(') && world.facts?.hasSameBits?.(withoutModifier(from), withoutModifier(to)) === true
}

/** The type below a domain. */
function baseType(type: string, world: World): string {
  const base = world.facts?.type?.(type)?.base ?? null
  return base === null ? type : baseType(base, world)
}

// Only a zone that never was off by a second keeps the rows as they are.
function isUtc(zone: string | undefined): boolean {
  return zone !== undefined && /^(etc\/)?(utc|uct|gmt|zulu|universal|greenwich|gmt0|gmt[+-]0)$/i.test(zone)
}

/** The work on the table, and on those of its partitions and children that are no part of its size. */
function workOn(
  change: Change,
  free: boolean,
  table: string,
  name: string,
  world: World,
): { readonly work: Work; readonly sources: readonly string[] } {
  const isWhole = isKind(world, table, 'partitioned table')
  const worked = [table, ...descendantsOf(world, table)].map((one) => ({
    one,
    work: free ? workOfFreeChange(change, one, name, world) : ('rewrite' as const),
  }))
  const heavy = worked.filter(({ work }) => work !== 'nothing')
  return {
    work: heavy.find(({ work }) => work !== 'scan')?.work ?? heavy[0]?.work ?? 'nothing',
    sources: isWhole ? [] : heavy.flatMap(({ one }) => (one === table ? [] : [one])),
  }
}

/** What Postgres does again although it keeps the rows, be the type the same: a CHECK is verified, an index of another order is built. */
function workOfFreeChange(change: Change, table: string, name: string, world: World): Work {
  const { before, type } = change
  const sorted = keepsIndexes(baseType(before?.type ?? '', world), baseType(type, world))
  const stays = sorted && !changesCollation(change)
  // Without the indexes at hand, one on the column must be taken for there.
  const isUnknown = world.facts?.indexes === undefined
  const indexes = indexesOf(world, table).filter(({ uses = [] }) => uses.includes(name))
  // The index of an expression or with a condition is always built again, and so is that of a partitioned table.
  const special = indexes.some(
    ({ columns, partial, parent }) => partial === true || columns.includes(null) || (parent ?? null) !== null,
  )
  if ((!stays && (isUnknown || indexes.length > 0)) || special) return 'index build'
  const checked = constraintsOf(world, table).some(
    ({ kind, columns, validated }) => kind === 'check' && validated && columns.includes(name),
  )
  return checked ? 'scan' : 'nothing'
}

function changesCollation({ before, type, collation }: Change): boolean {
  if (!/^(text|character|citext|name)/.test(withoutModifier(type))) return false
  const plain = (name: string | null | undefined) =>
    (name ?? 'default').replaceAll('"', '').replace('pg_catalog.', '')
  if (before?.collation === undefined) return collation !== undefined
  return plain(collation) !== plain(before.collation)
}

/** What the running release and the values meet afterwards. */
function consequences(
  { before, type, cast, converts }: Change,
  table: string,
  name: string,
  world: World,
): Pick<Draft, 'breaks' | 'loses' | 'tightens'> {
  if (before === null || before === undefined || isNewColumn(world, table, name)) return {}
  const column = `${table}.${name}`
  const from = baseType(before.type, world)
  const to = baseType(type, world)
  const why = `queries that compare ${column} with a value of the type ${before.type} find no operator for ${type}`
  const breaks: Break[] = staysComparable(from, to) ? [] : [{ what: 'read', why }]
  // A conversion that shortens is needed when values do not fit: the running release goes on writing such values. A cast proves nothing.
  const shortens = narrows(from, to)
  const tooLong = `values of ${column} that fit ${before.type} do not fit ${type}`
  if (shortens && cast !== type)
    breaks.push(...(['insert', 'update'] as const).map((what) => ({ what, why: tooLong })))
  // Without a conversion, Postgres refuses what is too long.
  const held = baseType(cast ?? type, world)
  const cuts = losesDigits(from, held) || (narrows(from, held) && converts)
  return {
    ...(breaks.length > 0 ? { breaks } : {}),
    ...(cuts ? { loses: `what ${cast ?? type} cannot hold of the values of ${column}` } : {}),
    ...(shortens ? { tightens: `values of ${column} that fit ${before.type}, but not ${type}` } : {}),
  }
}

/** Foreign keys over the column are made again, on both tables; unless the rows stay, both are read for that. */
function foreignKeys(free: boolean, names: Names & { readonly column: string }, world: World): Draft[] {
  const { table, column: name } = names
  const form = 'change type'
  const back = keysPointingAt(world, table, name).map((key) => shortName(key.table))
  return [...new Set([...referencedThrough(world, table, name), ...back])]
    .filter((other) => other !== table)
    .map((other) => ({ ...lockOnly(form, other, lock), names, work: free ? 'nothing' : 'scan' }))
}

function learnType(change: Change, table: string, name: string, world: World): (known: Known) => void {
  const { type, before } = change
  return (known) => {
    if (before) changeColumn(known, world, table, name, { type })
    else known.columns.get(qualified(table))?.delete(name)
  }
}

function usingText(
  definition: ColumnDef | undefined,
  { statement }: AlterCommand['context'],
): string | undefined {
  if (definition?.raw_default === undefined) return undefined
  return /\busing\b\s*([\s\S]*)$/i.exec(clauseAt(statement, definition.location))?.[1]?.trim()
}
