import { makeText } from './inputs.ts'
import type { Random } from './random.ts'

/** A file of a random tree. Its name may be one that nobody would choose. */
export interface TreeFile {
  readonly name: string
  readonly text: string
}

/** The files of a project of one framework, in part broken. Only what is read, and nothing that would be run. */
export function makeTreeFiles(random: Random): TreeFile[] {
  const make = random.pick(trees)
  const files = [...Array.from({ length: 1 + random.below(6) }, () => make(random)), ...frame(random, make)]
  if (random.chance(40)) files.push({ name: 'lockkeeper.yml', text: makeConfig(random) })
  return files
}

type MakeFile = (random: Random) => TreeFile

const dbmate: MakeFile = (random) => sql(random, `db/migrations/${number(random)}${title(random)}.sql`)
const golang: MakeFile = (random) =>
  sql(random, `migrations/${number(random)}_${title(random)}.${random.pick(['up', 'down', 'up.up', ''])}.sql`)
const flyway: MakeFile = (random) =>
  sql(
    random,
    `sql/${random.pick(['V', 'U', 'R', 'v', 'B'])}${random.pick(['', '1', '1.0', '01_', '1_0', '._', '9'.repeat(60)])}__${title(random)}.sql`,
  )
const prisma: MakeFile = (random) =>
  sql(random, `prisma/migrations/${number(random)}_${title(random)}/migration.sql`)
const drizzle: MakeFile = (random) => sql(random, `drizzle/${tag(random)}.sql`)
const knex: MakeFile = (random) => ({
  name: `migrations/${number(random)}_${title(random)}.${random.pick(['js', 'ts', 'd.ts', 'mjs', 'sql'])}`,
  text: random.chance(50)
    ? makeText(random)
    : 'exports.up = () => {}\n// lockkeeper: allow drop-table because x',
})
const loose: MakeFile = (random) =>
  sql(random, random.pick(['a.sql', 'a.down.sql', 'x/y/4.SQL', '-', '--json.sql', 'readme.md']))

const trees: readonly MakeFile[] = [dbmate, dbmate, golang, flyway, prisma, drizzle, knex, loose]

/** What tells a framework that the project is its own. */
function frame(random: Random, make: MakeFile): TreeFile[] {
  if (make === knex) return [{ name: 'knexfile.js', text: 'module.exports = {}' }]
  if (make === prisma) return [{ name: 'prisma/migrations/migration_lock.toml', text: makeText(random) }]
  if (make !== drizzle) return []
  const entries = Array.from({ length: random.below(6) }, (_, idx) => ({
    idx,
    tag: random.pick([tag(random), '../../etc/passwd', 'x'.repeat(300), 7]),
    when: random.pick([idx, 1e13, -1, '1', null]),
  }))
  const text = JSON.stringify({ version: '7', dialect: 'postgresql', entries })
  return [{ name: 'drizzle/meta/_journal.json', text: random.chance(80) ? text : damage(random, text) }]
}

function sql(random: Random, name: string): TreeFile {
  return { name, text: makeText(random) }
}

function number(random: Random): string {
  return random.pick(['1', '2', '0001', '20260101090000', '9'.repeat(30), '-1', '', '1.5', '٣'])
}

function tag(random: Random): string {
  return `000${random.below(3)}_x`
}

function title(random: Random): string {
  return random.pick([
    'x',
    '_add_items',
    'é',
    'a b',
    'new\nline',
    '\u001b[31mred',
    `it's "so"`,
    '$(touch x)`y`',
    '::error::x',
    ']]>',
    '\u202eright',
    'x'.repeat(150),
    '%00',
    '\\',
  ])
}

const settings = [
  'check:\n  lockBudget: 5\n',
  'check:\n  allow:\n    - rule: drop-table\n      reason: x\n      until: 2026-01-01\n',
  "check:\n  allow:\n    - { rule: no-such, table: '\"a b\"', migration: '1', reason: '', until: 2030-13-45 }\n",
  'migrations:\n  framework: dbmate\n',
  'migrations:\n  framework: flyway\n  directory: sql\n',
  'migrations:\n  framework: golang-migrate\n  directory: ../..\n',
  'migrations:\n  framework: prisma\n  directory: db/migrations\n  table: "a.b.c"\n',
  'migrations:\n  framework: drizzle\n',
  'migrations:\n  framework: none\n',
  'migrations: &a\n  directory: *a\n',
  'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n',
  '? [complex]\n: key\n---\nsecond: document\n',
]

function makeConfig(random: Random): string {
  const text = random.pick(settings)
  return random.chance(50) ? damage(random, text) : text
}

/** A text with a piece gone, doubled or replaced by nonsense. */
function damage(random: Random, text: string): string {
  const at = random.below(text.length)
  const to = Math.min(text.length, at + random.below(10))
  const between = random.pick([
    '',
    text.slice(at, to).repeat(3),
    '\0',
    '\t',
    '{',
    ': ',
    '- ',
    '\ud800',
    '!!js ',
  ])
  return text.slice(0, at) + between + text.slice(to)
}
