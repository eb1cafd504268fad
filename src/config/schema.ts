import { z } from 'zod'
import { standardConfig as standard, standardHealthCheck as health } from './standard.ts'

/** Longest duration that makes sense: a day. */
const day = 86_400

const seconds = (standard: number, description: string) =>
  z.number().positive().max(day).default(standard).describe(`${description} In seconds.`)

const secondsOrNone = (standard: number, description: string) =>
  z.number().nonnegative().max(day).default(standard).describe(`${description} In seconds.`)

/** A part of the file whose every key has a default, so that the part itself may be left out. */
const part = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(description)

const json = z.strictObject({
  path: z.string().min(1).describe('Where the value is: its keys joined by dots.'),
  equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).describe('What the value must be.'),
})

const healthCheck = z.strictObject({
  path: z
    .string()
    .startsWith('/')
    .default(health.path)
    .describe('What is asked for, under the address of the app.'),
  status: z
    .number()
    .int()
    .min(100)
    .max(599)
    .default(health.status)
    .describe('The HTTP status that means healthy.'),
  text: z.string().min(1).optional().describe('Text that the body must contain.'),
  json: json.optional().describe('A value that the body, read as JSON, must hold.'),
  every: seconds(health.every, 'The pause between two requests.'),
  deadline: seconds(health.deadline, 'The app must be healthy by then, counted from when its dynos are up.'),
  timeout: seconds(health.timeout, 'How long one request may take.'),
  consecutive: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(health.consecutive)
    .describe('How many good answers in a row it takes.'),
})

const invariant = z.strictObject({
  name: z.string().min(1).describe('How the report calls it.'),
  sql: z.string().min(1).describe('A query that returns no row while all is well.'),
})

const custom = z.strictObject({
  pending: z
    .string()
    .min(1)
    .describe(
      'Prints the migrations in their order, a JSON object to a line: id and, where known, name, file, sql, transaction, reverse (true, or its SQL), applied: true for those that are not pending, and missing: true for those that are applied and gone from disk.',
    ),
  apply: z
    .string()
    .min(1)
    .describe('Applies the migrations whose ids the variable LOCKKEEPER_MIGRATIONS holds, one to a line.'),
  reverse: z
    .string()
    .min(1)
    .optional()
    .describe('Undoes the migrations whose ids LOCKKEEPER_MIGRATIONS holds, one to a line, newest first.'),
})

const frameworkNames = [
  'dbmate',
  'django',
  'alembic',
  'rails',
  'prisma',
  'drizzle',
  'knex',
  'node-pg-migrate',
  'golang-migrate',
  'flyway',
  'command',
  'none',
] as const

/** One that is left out is told as every other key is. */
const dayMessage = {
  error: ({ code }: { readonly code?: string }) =>
    code === 'invalid_type' ? undefined : 'must be a day as 2026-01-31',
}

/** An id of digits alone is a number in YAML, and would lose the zeros that it begins with. */
const quoted = z.string({
  error: ({ input }) =>
    typeof input === 'number' ? `must be text: put it in quotes, as in "${input}"` : undefined,
})

const allowance = z.strictObject({
  rule: z.string().min(1).describe('The rule, as the findings name it.'),
  migration: quoted.min(1).optional().describe('The id, name or file of the migration. Without it: all.'),
  table: z.string().min(1).optional().describe('The table that the finding is about. Without it: all.'),
  reason: z.string().regex(/\S/, 'must say why').describe('Why the risk is taken: reports show it.'),
  until: z.iso.date(dayMessage).describe('The last day on which it counts.'),
})

const migrations = part('Where the migrations are.', {
  framework: z
    .enum(frameworkNames)
    .optional()
    .describe(
      'The tool that owns the migrations. Without it, it is recognised from the files of the project.',
    ),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The folder of the migrations, from the project. Without it, each framework's usual folders are tried.",
    ),
  table: z
    .string()
    .regex(/^[^.]+(\.[^.]+)?$/, 'must be a table, or a schema and a table: public.schema_migrations')
    .optional()
    .describe(
      "The table of applied migrations, with its schema where that is not public. Without it, that of the framework's own settings, or its usual one.",
    ),
  command: z
    .string()
    .min(1)
    .optional()
    .describe(
      'How the framework is started, where it is not found by itself: the Python of Django and Alembic, or the program of another tool, with its first arguments.',
    ),
  urlVariable: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable')
    .optional()
    .describe('The variable in which the framework expects the connection string. Default: DATABASE_URL.'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable'), z.string())
    .optional()
    .describe('Variables that the framework needs besides: DJANGO_SETTINGS_MODULE, for example. No secrets.'),
  custom: custom.optional().describe("The project's own commands, for the framework named command."),
})

const migrate = part('How pending migrations are run.', {
  run: z
    .enum(['before-push', 'release-phase'])
    .default(standard.migrate.run)
    .describe('Who runs them: Lockkeeper before the push, or the release command of the app.'),
  lockTimeout: seconds(
    standard.migrate.lockTimeout,
    'How long one statement may wait for a lock before it gives way to the traffic.',
  ),
  deadline: seconds(standard.migrate.deadline, 'How long all migrations together may take.'),
  attempts: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(standard.migrate.attempts)
    .describe('How often a migration is tried that lost nothing by failing to get its lock.'),
})

const watch = part('What a new release must show before the deploy counts as done.', {
  deadline: seconds(standard.watch.deadline, 'Every dyno must be up on the new release by then.'),
  settle: secondsOrNone(standard.watch.settle, 'How long a healthy release is watched on.'),
  prebootWindow: secondsOrNone(
    standard.watch.prebootWindow,
    'With preboot, how long the old dynos serve on beside the new ones.',
  ),
  health: z
    .array(healthCheck)
    .prefault([{}])
    .describe('HTTP checks. Default: one, of "/". An empty list switches them off.'),
  invariants: z
    .array(invariant)
    .default(standard.watch.invariants)
    .describe('SQL queries that must return no row.'),
  routerErrors: part("Errors of Heroku's router while the release is watched.", {
    allowed: z
      .number()
      .int()
      .min(0)
      .default(standard.watch.routerErrors.allowed)
      .describe('How many are forgiven.'),
    ignore: z
      .array(z.string().regex(/^[HRL]\d{2}$/, 'must be an error code as H12'))
      .default(standard.watch.routerErrors.ignore)
      .describe('Codes that do not count. H80 is maintenance mode, H27 a client that hung up.'),
  }),
})

/** The file lockkeeper.yml. Every key has a description: the documentation is made from them. */
export const configFile = z.strictObject({
  app: z
    .string()
    .min(1)
    .optional()
    .describe('The Heroku app. Without it: --app, HEROKU_APP or the git remote.'),
  database: z
    .string()
    .min(1)
    .default(standard.database)
    .describe("The name of the database's attachment; its config var is the name plus _URL."),
  migrations,
  migrate,
  backup: part('The backup before a change of the schema.', {
    enabled: z.boolean().default(standard.backup.enabled).describe('Whether one is captured.'),
    deadline: seconds(standard.backup.deadline, 'How long a backup or a restore may take.'),
  }),
  build: part("Heroku's build.", { deadline: seconds(standard.build.deadline, 'How long it may take.') }),
  releasePhase: part("The app's release command.", {
    deadline: seconds(
      standard.releasePhase.deadline,
      'How long it may take. Heroku itself ends it after an hour.',
    ),
  }),
  watch,
  rollback: part('What a roll-back does.', {
    database: z
      .enum(['auto', 'reverse', 'restore', 'keep'])
      .default(standard.rollback.database)
      .describe(
        'With a changed schema: reverse the migrations, restore the backup, keep the schema, or what loses nothing.',
      ),
  }),
  check: part('How migrations are judged.', {
    lockBudget: seconds(
      standard.check.lockBudget,
      'How long a statement may hold up the traffic and still be called safe.',
    ),
    allow: z
      .array(allowance)
      .default(standard.check.allow)
      .describe('Findings that are accepted. What is not needed, or is past its day, is reported.'),
  }),
  quiesce: part('How writes are stopped for a nightly deploy or a restore.', {
    processTypes: z
      .union([z.literal('all'), z.array(z.string().min(1))])
      .default(standard.quiesce.processTypes)
      .describe('The process types that are scaled to zero: all of them, or a list of those that write.'),
  }),
})

/** What the file says, with the defaults filled in. */
export type ConfigFile = Readonly<z.output<typeof configFile>>
