import type { Node } from 'libpg-query'
import { statementsOf } from '../sql-file.ts'

/** How Flyway runs a file: in one transaction, unless its own settings or a statement that cannot run in one say otherwise. */
export async function runsInTransaction(sql: string | null, settings: string): Promise<boolean> {
  const said = /^[ \t]*executeInTransaction[ \t]*=[ \t]*(\w+)/im.exec(settings)?.[1]
  if (said !== undefined) return said.toLowerCase() !== 'false'
  const statements = await statementsOf(sql ?? '')
  return !statements.some(({ stmt }) => stmt !== undefined && isKeptOut(stmt))
}

const always = [
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'CreateSubscriptionStmt',
  'DropSubscriptionStmt',
  'AlterSystemStmt',
]

/** What Flyway keeps out of transactions. */
function isKeptOut(node: Node): boolean {
  if (always.some((kind) => kind in node)) return true
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true
  if ('DropStmt' in node) return node.DropStmt.concurrent === true
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL'
  if ('ReindexStmt' in node)
    return ['REINDEX_OBJECT_SCHEMA', 'REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE'].includes(
      node.ReindexStmt.kind ?? '',
    )
  return false
}
