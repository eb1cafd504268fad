import { z } from 'zod'
import { checkDocument } from './model.ts'

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
