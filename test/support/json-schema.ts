import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const compiled = new WeakMap<object, ValidateFunction>()

/** What a JSON Schema (draft 7 or 2020-12, as it says itself) has against a document: null when it is valid. */
export function schemaFault(schema: object, document: string): string | null {
  const validate = compiled.get(schema) ?? compile(schema)
  return validate(JSON.parse(document)) ? null : JSON.stringify(validate.errors)
}

function compile(schema: object): ValidateFunction {
  const isNew = '$schema' in schema && String(schema.$schema).includes('2020-12')
  const ajv = new (isNew ? Ajv2020 : Ajv)({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  compiled.set(schema, validate)
  return validate
}
