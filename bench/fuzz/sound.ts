import { parseSync } from 'libpg-query'
import type { Facts } from '../../src/postgres/facts.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { codeFrameworks, frameworkCode } from '../../src/safety/framework-code.ts'
import type { Judgement } from '../../src/safety/judgement.ts'
import { questionsOf } from '../../src/safety/questions/questions.ts'
import { isOneStatement, isTooDeep } from './one-statement.ts'

/** What must hold of any report. */
export function assertSound({ verdict, migrations }: CheckReport): void {
  for (const { findings } of migrations) {
    // Only the depth of the nesting is a reason to give up; any other error is a defect that hides behind the careful answer.
    const gaveUp = findings.find(
      ({ rule, message }) => rule === 'not-judged' && message.includes('to be judged:'),
    )
    if (gaveUp !== undefined && !/call stack/.test(gaveUp.message)) throw new Error(gaveUp.message)
    for (const { excerpt } of findings) {
      const room = excerpt === null ? 1 : (excerpt.lines[0]?.length ?? 0) - excerpt.start
      // A statement that is not there, at the end of a text, has its caret behind the last letter.
      if (excerpt !== null && (room < 0 || (room > 0 && excerpt.length > room)))
        throw new Error(`The caret stands outside of its line: ${JSON.stringify(excerpt)}`)
    }
  }
  const refused = migrations.some((migration) => migration.verdict !== 'safe')
  if (refused !== (verdict !== 'safe')) throw new Error(`The whole is ${verdict}, and its parts are not.`)
}

/** Whatever a migration says, the database is asked nothing but one SELECT at a time. */
export function assertQuestions({ migrations }: Judgement, facts: Facts): void {
  for (const effect of migrations.flatMap(({ effects }) => effects)) {
    for (const { sql, trial } of questionsOf({ effect, facts })) {
      const sent = trial === true ? sql : `select count(*)::int as count from (${sql} limit 1000) as found`
      if (!isOneSelect(sent)) throw new Error(`The database would be asked: ${sent}`)
    }
  }
}

function isOneSelect(sql: string): boolean {
  try {
    const [first, ...others] = parseSync(sql).stmts ?? []
    const select = first?.stmt !== undefined && 'SelectStmt' in first.stmt ? first.stmt.SelectStmt : undefined
    return others.length === 0 && select !== undefined && select.intoClause === undefined && !writes(select)
  } catch (error) {
    return isTooDeep(error)
  }
}

/** A WITH that changes rows, or FOR UPDATE, anywhere below. */
function writes(node: unknown): boolean {
  return /"(?:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt|lockingClause)":/.test(JSON.stringify(node))
}

/** Every recipe can be written in every framework's code. */
export function assertRecipes({ migrations }: Judgement): void {
  const recipes = migrations.flatMap(({ findings }) => findings.flatMap(({ recipe }) => recipe ?? []))
  for (const recipe of recipes) for (const framework of codeFrameworks) frameworkCode(recipe, { framework })
  for (const step of recipes.flatMap(({ steps }) => steps)) {
    const wrong = step.sql.find((statement) => !isOneStatement(statement))
    if (wrong !== undefined) throw new Error(`A recipe that Postgres does not accept: ${wrong}`)
  }
}
