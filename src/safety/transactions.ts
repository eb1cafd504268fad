import type { PendingMigration } from '../migrations/types.ts'
import type { Finding } from './finding.ts'
import { as, within } from './nodes.ts'
import type { Statement } from './parse.ts'

/** Findings that no single statement gives rise to: they are about its place among the others. */
export function placeFindings(migration: PendingMigration, statements: readonly Statement[]): Finding[] {
  return [
    ...(statements.some(({ node }) => kindOf(node) !== '')
      ? [...transactionFindings(migration, statements), ...savepointFindings(migration, statements)]
      : []),
    ...enumLabelFindings(migration, statements),
  ]
}

/** Findings about BEGIN and COMMIT inside a migration: they cut the transaction that the framework believes in. */
function transactionFindings(migration: PendingMigration, statements: readonly Statement[]): Finding[] {
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
function enumLabelFindings(migration: PendingMigration, statements: readonly Statement[]): Finding[] {
  return statements.flatMap((added, index) => {
    const label = as(added.node, 'AlterEnumStmt')?.newVal
    if (label === undefined || !added.inTransaction) return []
    const uses = statements
      .slice(index + 1)
      .filter((later) => later.unit === added.unit && mentions(later, label))
    return uses.map((use) => finding(migration, use, `It uses the label '${label}' ${tooEarly}`, 'will-fail'))
  })
}

/** Findings about savepoints outside a transaction, and ROLLBACK TO one that the transaction does not have: Postgres refuses both. */
function savepointFindings(migration: PendingMigration, statements: readonly Statement[]): Finding[] {
  const outside = statements.filter(
    (one) => kindOf(one.node) === 'TRANS_STMT_SAVEPOINT' && !one.inTransaction,
  )
  return [
    ...outside.map((statement) => finding(migration, statement, noTransaction, 'will-fail')),
    ...goBack(statements).astray.map((statement) => finding(migration, statement, astray, 'will-fail')),
  ]
}

/** The statements of which nothing stays, each with the number of the stretch that is undone at once. */
export function undoneStretches(statements: readonly Statement[]): ReadonlyMap<Statement, number> {
  if (!statements.some(({ node }) => kindOf(node) !== '')) return nothing
  const { undone } = goBack(statements)
  const units = undoneUnits(statements)
  const whole = statements.filter(({ unit }) => units.has(unit))
  return new Map([...undone, ...whole.map((statement) => [statement, -1 - statement.unit] as const)])
}

const nothing: ReadonlyMap<Statement, number> = new Map()

/** What ROLLBACK TO undoes: all since its savepoint, or since it was last gone back to. */
function goBack(statements: readonly Statement[]) {
  const undone = new Map<Statement, number>()
  const astray: Statement[] = []
  let savepoints: { name: string; since: number }[] = []
  let unit: number | undefined
  for (const [place, statement] of statements.entries()) {
    if (statement.unit !== unit) savepoints = []
    unit = statement.unit
    const kind = kindOf(statement.node)
    const name = as(statement.node, 'TransactionStmt')?.savepoint_name ?? ''
    if (kind === 'TRANS_STMT_SAVEPOINT') savepoints.push({ name, since: place + 1 })
    if (kind !== 'TRANS_STMT_RELEASE' && kind !== 'TRANS_STMT_ROLLBACK_TO') continue
    const found = savepoints.findLastIndex((one) => one.name === name)
    const { since } = savepoints[found] ?? {}
    savepoints = since === undefined ? savepoints : savepoints.slice(0, found)
    if (kind === 'TRANS_STMT_RELEASE') continue
    if (since === undefined) astray.push(statement)
    else savepoints.push({ name, since: place + 1 })
    for (const one of statements.slice(since ?? place, place)) undone.set(one, place)
  }
  return { undone, astray }
}

/** The transactions that a ROLLBACK ends: of what their statements do, nothing stays. */
function undoneUnits(statements: readonly Statement[]): ReadonlySet<number> {
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

const astray = 'There is no such savepoint in this transaction: Postgres refuses to go back to it.'
const noTransaction = 'It stands in no transaction: Postgres refuses a savepoint there.'

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
