import type { PendingMigration } from '../migrations/types.ts'
import type { Finding } from './finding.ts'
import { as, within } from './nodes.ts'
import type { Statement } from './parse.ts'

/** Findings about BEGIN and COMMIT inside a migration: they cut the transaction that the framework believes in. */
export function transactionFindings(
  migration: PendingMigration,
  statements: readonly Statement[],
): Finding[] {
  const controls = statements.filter(({ node }) => isBoundary(node))
  const [last] = controls.slice(-1)
  return [
    ...(migration.transaction ? controls.map((statement) => finding(migration, statement, cuts)) : []),
    ...(!migration.transaction && last !== undefined && opens(last.node)
      ? [finding(migration, last, leftOpen)]
      : []),
  ]
}

/** Findings about a label that ALTER TYPE ... ADD VALUE makes: Postgres refuses its use before the commit. */
export function enumLabelFindings(migration: PendingMigration, statements: readonly Statement[]): Finding[] {
  return statements.flatMap((added, index) => {
    const label = as(added.node, 'AlterEnumStmt')?.newVal
    if (label === undefined || !added.inTransaction) return []
    const uses = statements
      .slice(index + 1)
      .filter((later) => later.unit === added.unit && mentions(later, label))
    return uses.map((use) => finding(migration, use, `It uses the label '${label}' ${tooEarly}`, 'will-fail'))
  })
}

/** The transactions that a ROLLBACK ends: of what their statements do, nothing stays. */
export function undoneUnits(statements: readonly Statement[]): ReadonlySet<number> {
  const begun = new Set(statements.filter(({ node }) => opens(node)).map(({ unit }) => unit))
  const ended = statements.filter(({ node }) => kindOf(node) === 'TRANS_STMT_ROLLBACK')
  return new Set(ended.map(({ unit }) => unit).filter((unit) => begun.has(unit)))
}

const tooEarly =
  'in the transaction that adds it: Postgres refuses that. Add the label in a migration of its own, before this one.'

function mentions({ node }: Statement, label: string): boolean {
  return within(node, 'A_Const').some(({ sval }) => sval?.sval === label)
}

const cuts =
  'The framework already runs this migration in a transaction: a COMMIT of its own ends that one, and what follows is done half when ' +
  'it fails. Remove BEGIN and COMMIT, or switch the transaction of the framework off.'

const leftOpen =
  'The transaction that it begins is never committed: Postgres drops all its work when the connection ends.'

function kindOf(node: Statement['node']): string {
  return as(node, 'TransactionStmt')?.kind ?? ''
}

function opens(node: Statement['node']): boolean {
  return kindOf(node) === 'TRANS_STMT_BEGIN' || kindOf(node) === 'TRANS_STMT_START'
}

function isBoundary(node: Statement['node']): boolean {
  return opens(node) || kindOf(node) === 'TRANS_STMT_COMMIT' || kindOf(node) === 'TRANS_STMT_ROLLBACK'
}

function finding(
  { id, file }: PendingMigration,
  { location, sql }: Statement,
  message: string,
  rule = 'transaction-control',
): Finding {
  return {
    rule,
    severity: 'unsafe',
    migration: id,
    file,
    location,
    sql,
    message,
    recipe: null,
  }
}
