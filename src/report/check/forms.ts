import type { CheckForm } from './form-names.ts'
import { githubForm } from './github.ts'
import { jsonForm } from './json.ts'
import { junitForm } from './junit.ts'
import { markdownForm } from './markdown.ts'
import type { CheckReport } from './model.ts'
import { sarifForm } from './sarif.ts'
import { terminalForm } from './terminal.ts'

/** Every form of a check's report by the name that a user types: pure, without a line break at the end. */
export const checkForms = {
  terminal: terminalForm,
  json: jsonForm,
  sarif: sarifForm,
  github: githubForm,
  junit: junitForm,
  markdown: markdownForm,
} as const satisfies Readonly<Record<CheckForm, (report: CheckReport) => string>>
