import type { CheckForm } from './form-names.ts'
import { githubForm } from './github.ts'
import { jsonForm } from './json.ts'
import { junitForm } from './junit.ts'
import { markdownForm } from './markdown.ts'
import type { CheckReport } from './model.ts'
import { sarifForm } from './sarif.ts'
import { terminalForm } from './terminal.ts'
import type { DocumentSyntax } from '../workflow-commands.ts'

/** Every form of a check's report by the name that a user types: pure, without a line break at the end. */
export const checkForms = {
  terminal: terminalForm,
  json: jsonForm,
  sarif: sarifForm,
  github: githubForm,
  junit: junitForm,
  markdown: markdownForm,
} as const satisfies Readonly<Record<CheckForm, (report: CheckReport) => string>>

/** How those forms are written that are to give GitHub's runner no orders: one is made of nothing else. */
export const formSyntaxes: Readonly<Partial<Record<CheckForm, DocumentSyntax>>> = {
  json: 'json',
  sarif: 'json',
  junit: 'markup',
  markdown: 'markup',
}
