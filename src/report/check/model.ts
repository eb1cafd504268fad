import { z } from 'zod'
import { codeFrameworks } from '../../safety/framework-code.ts'

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly()
const place = z.number().int().min(1)

const excerpt = z
  .strictObject({
    line: place.describe('The line of the file at which the first of the lines stands.'),
    lines: list(z.string()).describe(
      'Lines of the source. Long ones are cut, with … where something is missing.',
    ),
    start: z
      .number()
      .int()
      .min(0)
      .describe('Where the statement starts in the first line, in UTF-16 code units.'),
    length: z.number().int().min(1).describe('How much of the first line is meant, in UTF-16 code units.'),
  })
  .readonly()

const code = z
  .strictObject({
    language: z.enum(['python', 'ruby']),
    framework: z.enum(codeFrameworks),
    text: z.string().describe('The body of a migration, or of a model where the code of the app changes.'),
  })
  .readonly()

const recipeStep = z
  .strictObject({
    title: z.string(),
    release: z.enum(['this release', 'the next release', 'the release before']),
    sql: list(z.string()).describe('The statements of one migration. Empty for a change of the code.'),
    noTransaction: z.boolean().describe('The migration must run outside a transaction.'),
    repeatsWhile: z
      .string()
      .nullable()
      .describe('The statement is repeated while this question finds a row; null when it runs once.'),
    code: code
      .nullable()
      .describe(
        'The same in the code of the framework that owns the migrations. Null where it has none of its own.',
      ),
  })
  .readonly()

const tableFacts = z
  .strictObject({
    rows: z.number().nullable().describe('An estimate; null when the table was never analyzed.'),
    bytes: z.number().describe('With indexes and toast; of a partitioned table, of all its partitions.'),
    indexBytes: z.number(),
    writesPerSecond: z
      .number()
      .nullable()
      .describe('Since the last analyze, else since the counters were reset; null when unknown.'),
    lastAnalyze: z.string().nullable().describe('ISO 8601.'),
    seconds: z.number().describe('How long work on all of it takes at the assumed speed.'),
    assumedBytesPerSecond: z.number(),
  })
  .readonly()

const finding = z
  .strictObject({
    rule: z.string().describe('The rule, as docs/rules/README.md lists it.'),
    severity: z.enum(['unsafe', 'unknown', 'note']),
    message: z.string(),
    location: z
      .strictObject({ line: place, column: place })
      .readonly()
      .nullable()
      .describe('In the file, columns in UTF-16 code units. Null when the whole migration is meant.'),
    excerpt: excerpt.nullable(),
    table: z.string().nullable().describe('The relation that is meant, as the migration writes it.'),
    facts: tableFacts
      .nullable()
      .describe('What the database says of the relation; null when it was not asked, or has none yet.'),
    sql: z.string().nullable().describe('The statement. A long one is cut, with … at its end.'),
    recipe: z
      .strictObject({ title: z.string(), steps: list(recipeStep) })
      .readonly()
      .nullable(),
    accepted: z
      .strictObject({ reason: z.string(), source: z.string() })
      .readonly()
      .nullable()
      .describe('Set when somebody accepts the risk: the finding then refuses nothing.'),
  })
  .readonly()

const migration = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    file: z.string().describe('From the directory of the project.'),
    verdict: z.enum(['safe', 'unsafe', 'unknown']).describe('Accepted risks apart.'),
    phase: z.enum(['expand', 'contract']),
    findings: list(finding),
    omittedFindings: z
      .number()
      .int()
      .min(0)
      .describe('Findings of it that are counted in the verdict and not listed.'),
  })
  .readonly()

const precheck = z
  .strictObject({
    migration: z.string().describe('Its id.'),
    table: z.string(),
    what: z.string().describe('What was looked for.'),
    sql: z.string().describe('Selects what is in the way; or does with each row what the statement does.'),
    rows: z
      .number()
      .int()
      .nullable()
      .describe('How many are in the way, up to 1000; null when there is no answer.'),
    unanswered: z.string().nullable().describe('Why there is no answer.'),
  })
  .readonly()

const risk = z
  .strictObject({
    rule: z.string().nullable().describe('Null for every rule.'),
    reason: z.string(),
    source: z.string().describe('The comment, file or commit that says so.'),
    until: z.string().nullable().describe('The last day on which it counts.'),
    state: z.enum(['used', 'unused', 'expired']).describe('An expired one accepts nothing.'),
  })
  .readonly()

const report = {
  schemaVersion: z.literal(1),
  verdict: z
    .enum(['safe', 'unsafe', 'unknown'])
    .describe('The worst of all migrations, accepted risks apart.'),
  app: z.string().nullable().describe('The Heroku app; null without one.'),
  framework: z.string().nullable().describe('The tool that owns the migrations; null where none is known.'),
  database: z.boolean().describe('Whether the database was asked.'),
  prefix: z
    .string()
    .describe(
      'The directory of the project, from the top of its git repository: empty, or with a slash at its end.',
    ),
  migrations: list(migration),
  omittedFindings: z
    .number()
    .int()
    .min(0)
    .describe('Findings that are counted in the verdicts and not listed, because there are too many.'),
  prechecks: list(precheck).describe('What the data of the database was asked.'),
  notKnown: list(z.string()).describe('What could not be known, and how it was taken: sentences.'),
  problems: list(z.string()).describe(
    'What is wrong with the set of migrations or with the comments in them: sentences.',
  ),
  refusals: list(z.string()).describe('Those of the problems for which the whole set is refused.'),
  acceptedRisks: list(risk),
}

const error = z
  .strictObject({ message: z.string(), next: list(z.string()).describe('What can be done now.') })
  .readonly()

/** A check as data: every form of its report is a view of it. It holds no secrets. */
export const checkReport = z.strictObject(report).readonly()

/** What `check --format json` prints: the report, or the reason why there is none. */
export const checkDocument = z.union([
  z.strictObject({ ...report, exitCode: z.number().int(), error: error.optional() }),
  z.strictObject({ exitCode: z.number().int(), error }),
])

export type CheckReport = z.infer<typeof checkReport>
export type ReportedMigration = z.infer<typeof migration>
export type ReportedFinding = z.infer<typeof finding>
export type ReportedPrecheck = z.infer<typeof precheck>
export type ReportedRisk = z.infer<typeof risk>
export type Excerpt = z.infer<typeof excerpt>
