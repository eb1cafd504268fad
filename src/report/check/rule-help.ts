import { hazardWords, severities } from '../../safety/hazards.ts'
import type { Rule } from '../../safety/rules.ts'

/** A part of what is said of a rule: a heading, and sentences or code. */
export interface HelpPart {
  readonly heading: string
  readonly blocks: readonly HelpBlock[]
}

export type HelpBlock =
  { readonly text: string } | { readonly language: 'sql' | 'yaml'; readonly code: string }

/** What is found, in a sentence. */
export function conditionOf({ condition, forms, hazards }: Rule): string {
  if (condition !== undefined) return condition
  const subject =
    forms === undefined ? 'A statement' : `A statement of the form ${forms.map(quote).join(', ')}`
  return `${subject} that ${hazards.map((hazard) => hazardWords[hazard]).join(', or ')}.`
}

const quote = (form: string): string => `*${form}*`

/** How a person takes the risk on. */
export function acceptance({ id }: Rule): HelpPart {
  return {
    heading: 'Accepting the risk',
    blocks: [
      { text: 'A comment above the statement:' },
      { language: 'sql', code: `-- lockkeeper: allow ${id} because REASON` },
      { text: 'Or an entry in `lockkeeper.yml`, with the day on which it ends:' },
      {
        language: 'yaml',
        code: `check:\n  allow:\n    - rule: ${id}\n      reason: REASON\n      until: 2030-12-31`,
      },
    ],
  }
}

/** The page of a rule for a viewer that shows it beside a finding. What to do instead stands in the finding, with the user's own names. */
export function ruleHelp(rule: Rule): readonly HelpPart[] {
  const harms = rule.hazards.map(
    (hazard) => `A statement that ${hazardWords[hazard]} is ${severities[hazard]}.`,
  )
  return [
    { heading: 'What is found', blocks: [{ text: conditionOf(rule) }] },
    { heading: 'What happens', blocks: [rule.effect, ...harms].map((text) => ({ text })) },
    { heading: 'Bad', blocks: [{ language: 'sql', code: rule.bad.trim() }] },
    { heading: 'Good', blocks: [{ language: 'sql', code: rule.good.trim() }] },
    acceptance(rule),
  ]
}
