import { z } from 'zod'
import { exitCodes } from '../../errors.ts'
import { checkDocument, type CheckReport } from './model.ts'

/** The report as a JSON document that docs/schema/check-1.json describes. */
export function jsonForm(report: CheckReport): string {
  const ending = report.verdict === 'safe' ? exitCodes.done : exitCodes.unsafe
  return JSON.stringify({ ...report, exitCode: ending.code }, null, 2)
}

/** The published schema of that document. Its number rises when a program that reads the document must change. */
export function checkJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(checkDocument, {
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // It says that TypeScript may not change the value, which is no news to who reads a document.
      delete jsonSchema.readOnly
    },
  })
  return { title: 'The result of lockkeeper check, version 1', ...schema }
}
