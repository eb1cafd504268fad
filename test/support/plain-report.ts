import type { PendingMigration } from '../../src/migrations/types.ts'
import { buildCheckReport } from '../../src/report/check/build.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { createRedactor } from '../../src/report/redaction.ts'
import { judge } from '../../src/safety/verdict.ts'

/** The report of migrations that are judged by their text alone. */
export async function plainReport(pending: readonly PendingMigration[]): Promise<CheckReport> {
  return buildCheckReport({
    app: null,
    prefix: '',
    pending,
    tool: null,
    judgement: await judge(pending),
    notKnown: [],
    problems: [],
    accounts: [],
    redactor: createRedactor(),
  })
}
