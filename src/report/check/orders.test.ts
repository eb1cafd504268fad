import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { plainReport } from '../../../test/support/plain-report.ts'
import { xmlFault } from '../../../test/support/xml.ts'
import { createOutput } from '../output.ts'
import { createRedactor } from '../redaction.ts'
import { checkForms } from './forms.ts'

const pending = [
  pendingSql('drop table "##[add-mask]foo";\nalter table u drop column "\n ::add-mask::secret"'),
]

describe("GitHub's runner is given no order by", () => {
  /** Lines that the runner would obey, when it is not told to stop. */
  const orders = (text: string): string[] => {
    let stopped: string | null = null
    return text.split('\n').filter((line) => {
      const command = line.trimStart()
      if (stopped !== null) {
        if (command === `::${stopped}::`) stopped = null
        return false
      }
      stopped = /^::stop-commands::(.+)$/.exec(command)?.[1] ?? null
      return stopped === null && (command.startsWith('::') || line.includes('##['))
    })
  }

  test.each([
    ['json', 'json'],
    ['sarif', 'json'],
    ['junit', 'markup'],
    ['markdown', 'markup'],
  ] as const)('%s', async (form, syntax) => {
    const text = checkForms[form](await plainReport(pending))
    let printed = ''
    const sink = { write: (part: string) => (printed += part) }
    const redactor = createRedactor()
    createOutput({ redactor, progress: sink, result: sink, inWorkflow: true }).document(text, syntax)
    expect(orders(text)).not.toEqual([])
    expect(orders(printed)).toEqual([])
    if (syntax === 'json') expect(JSON.parse(printed)).toEqual(JSON.parse(text))
    else expect(printed).toContain(text.replace(/^<\?xml.*\n/, ''))
    if (form === 'junit') expect(xmlFault(printed)).toBeNull()
  })
})
