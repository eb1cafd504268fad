import { exitCodes } from '../../errors.ts'
import type { CheckReport } from './model.ts'

/** The report as a JSON document that docs/schema/check-1.json describes. */
export function jsonForm(report: CheckReport): string {
  const ending = report.verdict === 'safe' ? exitCodes.done : exitCodes.unsafe
  return JSON.stringify({ ...report, exitCode: ending.code }, null, 2)
}
