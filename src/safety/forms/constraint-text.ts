import { parseSync, type Node } from 'libpg-query'
import { as } from '../nodes.ts'

/** The condition of a CHECK, from its definition as Postgres prints it: 'CHECK ((a IS NOT NULL))'. */
export function checkCondition(definition: string): Node | undefined {
  const tree = parseDefinition(definition)
  const command = as(as(tree, 'AlterTableStmt')?.cmds?.[0], 'AlterTableCmd')
  return as(command?.def, 'Constraint')?.raw_expr
}

function parseDefinition(definition: string): Node | undefined {
  try {
    return parseSync(`alter table t add ${definition}`).stmts?.[0]?.stmt
  } catch {
    // A definition that this parser does not know proves nothing.
    return undefined
  }
}

/** What a constraint says behind its name: 'CHECK (a > 0)' of 'CONSTRAINT positive CHECK (a > 0)'. */
export function withoutName(definition: string): string {
  return definition.replace(/^constraint\s+("(?:[^"]|"")+"|\S+)\s+/i, '')
}
