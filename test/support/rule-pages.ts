import type { Effect } from '../../src/safety/effect.ts'
import type { Recipe, RecipeStep } from '../../src/safety/finding.ts'
import { codeFrameworks, frameworkCode } from '../../src/safety/framework-code.ts'
import { hazardWords, severities } from '../../src/safety/hazards.ts'
import { rules, type Rule } from '../../src/safety/rules.ts'
import { judge } from '../../src/safety/verdict.ts'
import { acceptance, conditionOf, type HelpPart } from '../../src/report/check/rule-help.ts'
import { frameworkNames } from '../../src/report/check/words.ts'
import { pendingSql } from './pending-sql.ts'
import { heading, table } from './reference-pages.ts'

/** The pages of docs/rules by file name: a page per rule, and the list of all. */
export async function rulePages(): Promise<Readonly<Record<string, string>>> {
  const pages = await Promise.all(rules.map(async (rule) => [`${rule.id}.md`, await rulePage(rule)] as const))
  return { 'README.md': index(), ...Object.fromEntries(pages) }
}

function index(): string {
  const rows = rules.map((rule) => [`[\`${rule.id}\`](${rule.id}.md)`, rule.title, severityOf(rule)])
  const intro = 'What `check` finds in a migration, and what to do instead.'
  return heading('Rules', intro, table(['rule', 'what it is about', 'severity'], rows))
}

/** Without a hazard, what was found decides. */
function severityOf({ hazards }: Rule): string {
  const found = [...new Set(hazards.map((hazard) => severities[hazard]))]
  return found.length === 0 ? 'as found' : found.join(' or ')
}

async function rulePage(rule: Rule): Promise<string> {
  const { recipe, effects } = await exampleOf(rule)
  return heading(
    rule.id,
    `${rule.title}.`,
    '## What is found',
    conditionOf(rule),
    '## What happens',
    rule.effect,
    ...harm(rule),
    ...(effects.length === 0 ? [] : ['What the bad example does:', effectTable(effects)]),
    '## Bad',
    block('sql', rule.bad),
    '## Good',
    block('sql', rule.good),
    ...(recipe === null ? [] : recipePart(recipe)),
    ...partOf(acceptance(rule)),
  )
}

/** What the judgement of the bad example says, on a target of large tables with the indexes that the examples name. */
async function exampleOf({ id, bad }: Rule): Promise<{ recipe: Recipe | null; effects: readonly Effect[] }> {
  const facts = {
    rows: () => 1e6,
    bytes: () => 1e9,
    domain: () => null,
    index: (name: string) =>
      name === 'items_code' ? { table: 'public.items', unique: true, columns: ['code'] } : null,
  }
  const { migrations } = await judge([pendingSql(bad)], facts)
  const found = migrations.flatMap(({ findings }) => findings).find(({ rule }) => rule === id)
  return { recipe: found?.recipe ?? null, effects: migrations.flatMap(({ effects }) => effects) }
}

function partOf({ heading: title, blocks }: HelpPart): string[] {
  return [`## ${title}`, ...blocks.map((one) => ('text' in one ? one.text : block(one.language, one.code)))]
}

function harm({ hazards }: Rule): string[] {
  return hazards.length === 0
    ? []
    : [
        table(
          ['a statement that', 'is'],
          hazards.map((hazard) => [hazardWords[hazard], severities[hazard]]),
        ),
      ]
}

function effectTable(effects: readonly Effect[]): string {
  const rows = effects.map(({ form, relation, lock, work }) => [form, relation, lock ?? 'none', work])
  return table(['statement', 'relation', 'lock', 'work'], rows)
}

function recipePart(recipe: Recipe): string[] {
  const codes = codeFrameworks.map((framework) => frameworkCode(recipe, { framework }))
  return [
    '## What to do instead',
    `${recipe.title}.`,
    ...recipe.steps.flatMap((step, index) => [
      `### ${index + 1}. ${stepName(step)}`,
      ...(step.sql.length === 0 ? [] : [block('sql', step.sql.map((sql) => `${sql};`).join('\n'))]),
      ...codes.flatMap((steps) => {
        const code = steps[index]
        return code === null || code === undefined
          ? []
          : [`${frameworkNames[code.framework]}:`, block(code.language, code.text)]
      }),
    ]),
  ]
}

function stepName({ title, release, noTransaction, sql }: RecipeStep): string {
  return `${title} (${release}${noTransaction === true && sql.length > 0 ? ', outside a transaction' : ''})`
}

const block = (language: string, text: string): string => ['```' + language, text.trim(), '```'].join('\n')
