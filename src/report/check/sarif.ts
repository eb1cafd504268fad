import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { standardInput } from '../../migrations/read-source.ts'
import { rules, type Rule } from '../../safety/rules.ts'
import { describeRecipe, fence, plain } from './markdown.ts'
import type { CheckReport, ReportedFinding, ReportedMigration } from './model.ts'
import { ruleHelp, type HelpBlock } from './rule-help.ts'
import {
  allFindings,
  fileOf,
  mereProblems,
  omissionOf,
  precheckSentences,
  recipeLines,
  riskWarnings,
} from './words.ts'

const schemaUri = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

const levels = { unsafe: 'error', unknown: 'error', note: 'note' } as const

/** The report as SARIF 2.1.0, for GitHub's code scanning and other viewers. An accepted finding is a suppressed result. */
export function sarifForm(report: CheckReport): string {
  const found = allFindings(report)
  const named = found.map(({ finding }) => finding.rule)
  const ids = [...new Set([...named, ...report.refusals.map(() => ofTheSet)])].sort()
  const run = {
    tool: { driver: { name: 'Lockkeeper', rules: ids.map(describeRule) } },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { PROJECT: { description: { text: 'The top of the git repository.' } } },
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
    results: [
      ...found.map(({ migration, finding }) => result(report, migration, finding, ids)),
      ...report.refusals.map((text) => refusal(report, text, ids)),
    ],
  }
  return JSON.stringify({ $schema: schemaUri, version: '2.1.0', runs: [run] }, null, 2)
}

function describeRule(id: string): unknown {
  const rule = rules.find((candidate) => candidate.id === id)
  return rule === undefined ? { id } : { id, ...wordsOf(rule) }
}

/** The whole page of the rule: without a public address, no link could lead to it. */
function wordsOf(rule: Rule): Readonly<Record<string, unknown>> {
  const parts = ruleHelp(rule)
  return {
    shortDescription: { text: `${rule.title}.` },
    fullDescription: { text: rule.effect },
    help: {
      text: parts.flatMap(({ heading, blocks }) => [`${heading}:`, ...blocks.map(plainBlock)]).join('\n\n'),
      markdown: parts
        .flatMap(({ heading, blocks }) => [`## ${heading}`, ...blocks.map(markdownBlock)])
        .join('\n\n'),
    },
  }
}

const plainBlock = (block: HelpBlock): string => ('text' in block ? block.text : block.code)

const markdownBlock = (block: HelpBlock): string =>
  'text' in block ? block.text : fence(block.code, block.language)

function result(
  report: CheckReport,
  migration: ReportedMigration,
  finding: ReportedFinding,
  ids: readonly string[],
): unknown {
  const { rule, severity, accepted } = finding
  const kind = accepted?.source.startsWith(`${migration.file}:`) === true ? 'inSource' : 'external'
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: levels[severity],
    message: messageOf(finding),
    locations: [{ physicalLocation: physicalLocation(fileOf(report, migration), finding) }],
    ...(accepted === null
      ? {}
      : { suppressions: [{ kind, justification: `${accepted.reason} (${accepted.source})` }] }),
  }
}

/** The rule of what refuses the migrations as a whole. */
const ofTheSet = 'not-judged'

/** Code scanning takes no result without a place: a file that the sentence names, or else the first one. */
function refusal(report: CheckReport, text: string, ids: readonly string[]): unknown {
  const { prefix, migrations } = report
  const named = migrations.find(({ file }) => text.includes(file)) ?? migrations[0]
  return {
    ruleId: ofTheSet,
    ruleIndex: ids.indexOf(ofTheSet),
    level: levels.unknown,
    message: { text },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifact(named === undefined ? prefix : fileOf(report, named)),
        },
      },
    ],
  }
}

/** What is wrong, and what to do instead. */
function messageOf(finding: ReportedFinding): unknown {
  const lines = recipeLines(finding)
  if (lines.length === 0) return { text: finding.message }
  return {
    text: [finding.message, ...lines].join('\n'),
    markdown: [plain(finding.message), ...describeRecipe(finding.recipe)].join('\n\n'),
  }
}

function physicalLocation(file: string | null, { location, sql }: ReportedFinding): unknown {
  const artifactLocation = artifact(file)
  if (location === null) return { artifactLocation }
  const snippet = sql === null ? {} : { snippet: { text: sql } }
  return { artifactLocation, region: { startLine: location.line, startColumn: location.column, ...snippet } }
}

function artifact(file: string | null): unknown {
  if (file === null) return { description: { text: standardInput } }
  if (isAbsolute(file)) return { uri: pathToFileURL(file.toWellFormed()).href }
  return {
    uri: file.toWellFormed().split('/').map(encodeURIComponent).join('/') || '.',
    uriBaseId: 'PROJECT',
  }
}

function notifications(report: CheckReport): unknown[] {
  const omission = omissionOf(report)
  const say = (level: 'note' | 'warning') => (text: string) => ({ level, message: { text } })
  return [
    ...[...mereProblems(report), ...riskWarnings(report)].map(say('warning')),
    ...[...precheckSentences(report), ...report.notKnown, ...(omission === null ? [] : [omission])].map(
      say('note'),
    ),
  ]
}
