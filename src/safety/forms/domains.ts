import type { AlterDomainStmt, CreateDomainStmt } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { findColumn, isNewRelation, shortName, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { listName, quoteName } from '../sql-text.ts'
import { whyTaken } from './presence.ts'
import { isNullConstant } from './expressions.ts'
import type { Context, Draft, Form } from './form.ts'
import { columnsOf } from './types.ts'

/** Whether a type is a domain whose constraints each row must meet; undefined when only the database can tell. */
export function isConstrainedDomain(world: World, type: string): boolean | undefined {
  const own = world.known.domains.get(qualified(type))
  if (own !== undefined) return own
  if (world.known.types.has(qualified(type))) return false
  const found = world.facts?.domain?.(type)
  if (found === undefined) return undefined
  const base = world.facts?.type?.(type)?.base ?? null
  return found?.constrained === true || (base !== null && isConstrainedDomain(world, base) === true)
}

/** CREATE DOMAIN: nothing uses it yet. */
export const createDomain: Form<'CreateDomainStmt'> = (node, { world }) => {
  const name = listName(node.domainname)
  const constrained =
    hasConstraint(node) || isConstrainedDomain(world, listName(node.typeName?.names)) === true
  return [
    {
      form: 'create domain',
      creates: [{ kind: 'type', name }],
      ...whyTaken(name, 'type', world),
      learn: (known) => {
        known.types.add(qualified(name))
        known.domains.set(qualified(name), constrained)
      },
    },
  ]
}

function hasConstraint({ constraints }: CreateDomainStmt): boolean {
  const restricting = ['CONSTR_CHECK', 'CONSTR_NOTNULL']
  return allOf(constraints, 'Constraint').some(({ contype }) => restricting.includes(String(contype)))
}

/** ALTER DOMAIN: a new rule is looked up in every table that uses the domain, while its writers wait. */
export const alterDomain: Form<'AlterDomainStmt'> = (node, context) => {
  const domain = listName(node.typeName)
  const change = changes[node.subtype ?? '']
  if (change === undefined)
    return [{ form: 'alter domain', unknown: 'this change of a domain is not judged' }]
  const { world } = context
  if (world.known.types.has(qualified(domain))) return [{ form: 'alter domain' }]
  return change(node, domain, context)
}

type Change = (node: AlterDomainStmt, domain: string, context: Context) => Draft[]

const quiet: Change = (_, domain) => [{ form: 'alter domain', names: { type: domain } }]

/** By the letters with which the parser tells the changes apart. */
const changes: Readonly<Record<string, Change>> = {
  T: changeDefault,
  N: quiet, // DROP NOT NULL
  X: quiet, // DROP CONSTRAINT
  O: (_, domain, context) => [
    {
      ...rule(domain, 'not null'),
      breaks: [
        { what: 'insert', why: `INSERT statements that leave out a column of the domain ${domain} fail` },
      ],
    },
    ...checkRows('set domain not null', domain, context),
  ],
  C: (node, domain, context) => {
    const constraint = as(node.def, 'Constraint')
    const name = constraint?.conname === undefined ? undefined : quoteName(constraint.conname)
    if (constraint?.skip_validation === true) return [rule(domain, name)]
    return [rule(domain, name), ...checkRows('add domain constraint', domain, context, name)]
  },
  V: (node, domain, context) =>
    checkRows('validate domain constraint', domain, context, quoteName(node.name ?? '')),
}

/** SET DEFAULT and DROP DEFAULT of a domain, whose columns have its default where they have none of their own. */
function changeDefault({ def }: AlterDomainStmt, domain: string, { world }: Context): Draft[] {
  const names = { type: domain }
  if (def !== undefined && !isNullConstant(def)) return [{ form: 'alter domain', names }]
  const form = 'drop domain default'
  const domainFacts = world.facts?.type?.(domain)
  if (domainFacts?.hasDefault === false) return [{ form, names }]
  const relied = 'relied on its default'
  if (world.facts?.columnsOfType === undefined) {
    const why = `INSERT statements that leave out a column of the domain ${domain} ${relied}`
    return [{ form, names, breaks: [{ what: 'insert', why }] }]
  }
  const found = columnsOf(world, domain).find(({ table, name }) => {
    const { hasDefault, notNull } = findColumn(world, shortName(table), name) ?? {}
    return hasDefault === false && (notNull === true || domainFacts?.notNull === true)
  })
  if (found === undefined) return [{ form, names }]
  const why = `INSERT statements that leave out ${shortName(found.table)}.${found.name} ${relied}, and it is NOT NULL`
  return [{ form, names, breaks: [{ what: 'insert', why }] }]
}

function rule(domain: string, constraint: string | undefined): Draft {
  return {
    form: 'alter domain',
    names: { type: domain, ...(constraint === undefined ? {} : { constraint }) },
    tightens: `values of the domain ${domain} that violate the new rule`,
  }
}

function checkRows(form: string, domain: string, { world }: Context, constraint?: string): Draft[] {
  if (world.facts?.columnsOfType === undefined)
    return [{ form, unknown: `which tables use the domain ${domain}, only the database can tell` }]
  return tablesOfDomain(world, domain)
    .filter((table) => !isNewRelation(world, table))
    .map((table) => ({
      form,
      relation: table,
      lock: 'SHARE',
      work: 'scan',
      names: { table, type: domain, ...(constraint === undefined ? {} : { constraint }) },
    }))
}

/** The tables with a column of the domain, or of a domain above it. */
function tablesOfDomain(world: World, domain: string): string[] {
  const { facts } = world
  const own = (facts?.columnsOfType?.(domain) ?? [])
    .map(({ table }) => table)
    .filter((table) => ['table', 'partitioned table'].includes(String(facts?.kind?.(table))))
  const above = [...(facts?.types?.() ?? [])].filter(
    ({ kind, base }) => kind === 'domain' && base !== null && qualified(base) === qualified(domain),
  )
  return [...new Set([...own.map(shortName), ...above.flatMap(({ name }) => tablesOfDomain(world, name))])]
}
