import type { Facts, TableColumn, TypeFacts } from '../../postgres/facts.ts'
import { qualified } from '../../postgres/facts.ts'
import { bracketsAfter } from '../sql-parts.ts'
import type { Asked, Asking, Question } from './question.ts'

/** ALTER DOMAIN ... SET NOT NULL: NULLs in the columns of the domain. */
export const askDomainNotNull: Asking = (asked) =>
  columnsOf(asked).map((column) => question(asked, column, 'value is null', `rows with a NULL in`))

/** ALTER DOMAIN ... ADD CONSTRAINT ... CHECK: values that it refuses. */
export const askDomainCheck: Asking = (asked) => violators(asked, asked.effect.statement.sql)

/** ALTER DOMAIN ... VALIDATE CONSTRAINT. */
export const askDomainValidation: Asking = (asked) => {
  const { constraint = '', type = '' } = asked.effect.names
  const domain = asked.facts.type?.(type)
  return violators(asked, domain?.definitions?.[domain.constraints.indexOf(constraint)] ?? '')
}

function violators(asked: Asked, definition: string): Question[] {
  const condition = bracketsAfter(definition, 'check')
  if (condition === undefined) return []
  const rule = asked.effect.names.constraint ?? 'the new CHECK'
  return columnsOf(asked).map((column) =>
    question(asked, column, `not (${condition})`, `rows that violate ${rule} with their`),
  )
}

// The value goes by the name that the rule of a domain knows it by.
function question({ effect }: Asked, { name, type }: TableColumn, where: string, what: string): Question {
  const { table } = effect.names
  const values = type.endsWith('[]')
    ? `select unnest(${name}) as value from ${table}`
    : `select ${name} as value from ${table}`
  return { table, what: `${what} ${name}`, sql: `select from (${values}) rows where ${where}` }
}

function columnsOf({ effect, facts }: Asked): TableColumn[] {
  const { type = '', table } = effect.names
  return [...family(facts, qualified(type))]
    .flatMap((domain) => facts.columnsOfType?.(domain) ?? [])
    .filter((column) => column.table === qualified(table))
}

/** The domain and the domains above it. */
function family(facts: Facts, domain: string): Set<string> {
  const all = [...(facts.types?.() ?? [])].filter(({ kind }) => kind === 'domain')
  const found = new Set([domain])
  const isAbove = ({ name, base }: TypeFacts) => !found.has(name) && found.has(qualified(base ?? ''))
  for (let next = all.find(isAbove); next !== undefined; next = all.find(isAbove)) found.add(next.name)
  return found
}
