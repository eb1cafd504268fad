import { expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { plainReport } from '../../../test/support/plain-report.ts'
import { rules } from '../../safety/rules.ts'
import { sarifForm } from './sarif.ts'

interface SarifRule {
  readonly id: string
  readonly helpUri?: string
  readonly help: { readonly text: string; readonly markdown: string }
}

/** The rules that SARIF tells of, for the bad example of each. */
async function describedRules(): Promise<SarifRule[]> {
  const pending = rules.map(({ id, bad }, index) => pendingSql(bad, { id: String(index), name: id }))
  const report = await plainReport(pending)
  const { runs } = JSON.parse(sarifForm(report)) as {
    runs: [{ tool: { driver: { rules: SarifRule[] } } }]
  }
  return runs[0].tool.driver.rules
}

test('SARIF brings the page of each rule along, and no link that leads nowhere', async () => {
  const described = await describedRules()
  expect(described.length).toBeGreaterThan(20)
  for (const { id, help, helpUri } of described) {
    expect(helpUri).toBeUndefined()
    for (const text of [help.text, help.markdown]) {
      for (const part of ['What is found', 'What happens', 'Bad', 'Good', 'Accepting the risk'])
        expect(text).toContain(part)
      expect(text).toContain(`lockkeeper: allow ${id} because REASON`)
    }
    expect(help.markdown).toContain('```yaml')
  }
})
