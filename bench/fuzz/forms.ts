import { readFileSync } from 'node:fs'
import { checkForms } from '../../src/report/check/forms.ts'
import { checkJsonSchema } from '../../src/report/check/json-schema.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { schemaFault } from '../../test/support/json-schema.ts'
import { xmlFault } from '../../test/support/xml.ts'

const jsonSchema = checkJsonSchema()
const sarifSchema = JSON.parse(readFileSync('test/fixtures/sarif-2.1.0.schema.json', 'utf8')) as object

/** Makes every form of a report and reads each as the programs do that it is made for. Throws what is wrong with one. */
export function assertForms(report: CheckReport): void {
  refuse('json', schemaFault(jsonSchema, checkForms.json(report)))
  refuse('sarif', schemaFault(sarifSchema, checkForms.sarif(report)))
  refuse('junit', xmlFault(checkForms.junit(report)))
  refuse('github', githubFault(checkForms.github(report)))
  refuse('markdown', fenceFault(checkForms.markdown(report)))
  refuse('terminal', terminalFault(checkForms.terminal(report)))
}

function refuse(form: string, fault: string | null): void {
  if (fault !== null) throw new Error(`The form ${form} is not valid: ${fault}`)
}

// As the runner reads them: properties between commas, each without what would end it.
const annotation = /^::(?:error|warning|notice)(?: [a-z]+=[^:,\r\n]*(?:,[a-z]+=[^:,\r\n]*)*)?::[^\r\n]*$/

function githubFault(text: string): string | null {
  const lines = text.split('\n')
  const summary = lines.pop() ?? ''
  const wrong = lines.find((line) => !annotation.test(line))
  if (wrong !== undefined) return `no annotation: ${wrong}`
  return /^\s*::|##\[|\r/.test(summary) ? `the last line is a command: ${summary}` : null
}

/** Outside of its fences a document of ours has no line that could open or close one, and no HTML. */
function fenceFault(text: string): string | null {
  let fence: string | null = null
  for (const line of text.split(/\r\n|\n|\r/)) {
    const marks = /^ {0,3}(`{3,})/.exec(line)?.[1]
    if (fence !== null) {
      if (marks !== undefined && marks.length >= fence.length && /^ {0,3}`+[ \t]*$/.test(line)) fence = null
    } else if (marks !== undefined) fence = marks
    else if (/(?<!\\)<|(?<!\\)`|^ {0,3}~~~/.test(line)) return `markup of a migration: ${line}`
  }
  return fence === null ? null : 'a fence stays open'
}

function terminalFault(text: string): string | null {
  const found = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u.exec(text)
  return found === null ? null : `it holds the character ${JSON.stringify(found[0])}`
}
