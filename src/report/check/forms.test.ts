import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { schemaFault } from '../../../test/support/json-schema.ts'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { xmlFault } from '../../../test/support/xml.ts'
import { acceptRisks, type Allowance } from '../../safety/accepted-risks.ts'
import { judge } from '../../safety/verdict.ts'
import { createOutput } from '../output.ts'
import { createRedactor, type Redactor } from '../redaction.ts'
import { buildCheckReport, type CheckResult } from './build.ts'
import { checkFormNames } from './form-names.ts'
import { checkForms } from './forms.ts'
import { checkJsonSchema } from './json-schema.ts'
import type { CheckReport } from './model.ts'
import { redactReport } from './redact.ts'

const file = 'db/migrations/7_a, b: 100% #1.sql'

const allowance = (rule: string, change: Partial<Allowance> = {}): Allowance => ({
  rule,
  reason: 'agreed <today>',
  source: 'lockkeeper.yml',
  until: '2030-01-01',
  ...change,
})

/** A report with a finding of every kind, and text that no form may take for its own marks. */
async function reportOf(
  sql: string,
  allowances: readonly Allowance[] = [],
  tool: CheckResult['tool'] = null,
  redactor: Redactor = createRedactor(),
  refusals: readonly string[] = [],
): Promise<CheckReport> {
  const pending = [pendingSql(sql, { id: '7', name: 'a_*b*', file, sqlLine: 3 })]
  const { judgement, accounts } = acceptRisks(await judge(pending), allowances, '2026-03-01')
  return buildCheckReport({
    app: null,
    prefix: 'shop/',
    pending,
    tool,
    judgement: { ...judgement, prechecks },
    notKnown: ['How large items is: 1,000 <rows>.'],
    problems: ['The version 7 is used twice.', ...refusals],
    refusals,
    accounts,
    redactor,
  })
}

const prechecks = [
  {
    migration: '7',
    table: 'items',
    what: 'rows with a NULL in <note>##[x]',
    sql: 'select 1',
    rows: 0,
    unanswered: null,
  },
  { migration: '7', table: 'items', what: 'values of (code)', sql: 'select 2', rows: 1000, unanswered: null },
  {
    migration: '7',
    table: 'users',
    what: 'orphans',
    sql: 'select 3',
    rows: null,
    unanswered: 'was not answered in time (5 s)',
  },
]

const nasty = [
  '\talter table "a`b]]>&<c>" -- caf\u00e9 \u001b[31m ::error::x %0A \' "',
  '  drop column "x|y" cascade;',
  'do $$ begin end $$;',
  'drop table accepted; update t set a = 1 where id = 1;',
  'alter table t add c int;\tdrop table @someone;',
].join('\r\n')

let report: CheckReport

beforeAll(async () => {
  report = await reportOf(nasty.replace('@someone', 'someone'), [
    allowance('drop-table'),
    allowance('rename-table'),
    allowance('lose-rows', { until: '2026-02-28' }),
  ])
})

describe('terminal', () => {
  test('shows the source with a caret, the recipe and what is accepted', async () => {
    const text = checkForms.terminal(
      await reportOf('alter table a add x int;\n\talter table items\n  drop column note;'),
    )
    expect(text.split('\n').slice(0, 6)).toEqual([
      '7 a_*b*: unsafe, contract',
      `  ${file}:4:2 unsafe drop-column`,
      '    4 | \talter table items',
      '      | \t^^^^^^^^^^^^^^^^^',
      '    5 |   drop column note;',
      '  Queries of the running release that name items.note fail, and its values are lost.',
    ])
    expect(text).toContain('Instead: ')
    expect(text).toContain('Not known:\n  How large items is')
  })

  test('says what is accepted, and what is accepted in vain', () => {
    const text = checkForms.terminal(report)
    expect(text).toContain('accepted drop-table')
    expect(text).toContain('Accepted: agreed <today> (lockkeeper.yml)')
    expect(text).toContain('the acceptance of rename-table (agreed <today>) is not needed')
    expect(text).toContain('the acceptance of lose-rows (agreed <today>) ended with 2026-02-28')
  })

  test('lets no control character through', () => {
    expect(checkForms.terminal(report)).not.toMatch(/[^\P{Cc}\t\n]/u)
  })

  test('cuts a line without an end around the statement', async () => {
    const text = checkForms.terminal(await reportOf('select 1; '.repeat(10_000) + 'drop table items;'))
    expect(text).toMatch(/\| …(select 1; )+drop table items;?…?\n +\| +\^{16}\n/)
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(250)
  })
})

describe('json', () => {
  test('is what the published schema describes', async () => {
    const schema = JSON.parse(await readFile('docs/schema/check-1.json', 'utf8')) as object
    expect(schemaFault(schema, checkForms.json(report))).toBeNull()
    expect(schemaFault(schema, JSON.stringify({ exitCode: 2, error: { message: 'x', next: [] } }))).toBeNull()
  })

  test('is refused by the schema when something is missing or of another type', () => {
    const schema = checkJsonSchema()
    const document = JSON.parse(checkForms.json(report)) as Record<string, unknown>
    expect(schemaFault(schema, JSON.stringify({ ...document, verdict: 'fine' }))).not.toBeNull()
    expect(schemaFault(schema, JSON.stringify({ ...document, migrations: undefined }))).not.toBeNull()
    expect(schemaFault(schema, JSON.stringify({ ...document, more: 1 }))).not.toBeNull()
  })

  test('has its schema in docs/schema/check-1.json', async () => {
    const text = `${JSON.stringify(checkJsonSchema(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../docs/schema/check-1.json')
  })
})

describe('sarif', () => {
  interface Sarif {
    readonly runs: readonly [{ readonly results: readonly Result[] }]
  }
  interface Result {
    readonly ruleId: string
    readonly level: string
    readonly locations: readonly [
      { physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } } },
    ]
    readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[]
  }

  test('is SARIF 2.1.0 by its own schema', async () => {
    const schema = JSON.parse(await readFile('test/fixtures/sarif-2.1.0.schema.json', 'utf8')) as object
    expect(schemaFault(schema, checkForms.sarif(report))).toBeNull()
    expect(schemaFault(schema, '{"version":"2.1.0"}')).toContain('runs')
  })

  test('names the file from the top of the repository, and suppresses what is accepted', () => {
    const [{ results }] = (JSON.parse(checkForms.sarif(report)) as Sarif).runs
    const [first] = results
    expect(first).toMatchObject({ ruleId: 'drop-column', level: 'error' })
    expect(first?.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'shop/db/migrations/7_a%2C%20b%3A%20100%25%20%231.sql' },
      region: { startLine: 3, startColumn: 2 },
    })
    const accepted = results.filter(({ suppressions }) => suppressions !== undefined)
    expect(accepted.map(({ ruleId }) => ruleId)).toEqual(['drop-table', 'drop-table'])
    expect(accepted[0]?.suppressions).toEqual([
      { kind: 'external', justification: 'agreed <today> (lockkeeper.yml)' },
    ])
  })
})

test('github: one command to a line, with everything else escaped', () => {
  const lines = checkForms.github(report).split('\n')
  expect(lines[0]).toMatch(
    /^::error file=shop\/db\/migrations\/7_a%2C b%3A 100%25 #1\.sql,line=3,col=2,title=unsafe drop-column::/,
  )
  expect(lines.filter((line) => !/^::(error|warning|notice)/.test(line))).toEqual([
    'Counted: items, rows with a NULL in <note>## [x]: none.',
    'Counted: items, values of (code): 1000 or more.',
    'Counted: users, orphans: it was not answered in time (5 s).',
    '1 migration, unsafe.',
  ])
  expect(lines.filter((line) => line.startsWith('::notice') && line.includes('drop-table'))).toHaveLength(2)
})

test('junit: a case per migration, well-formed', () => {
  const text = checkForms.junit(report)
  expect(text).toContain('tests="1" failures="1"')
  expect(text).toContain('<failure type="unsafe" message="Queries of the running release')
  expect(xmlFault(text)).toBeNull()
  expect(xmlFault(text.replace('</testcase>', ''))).toContain('unexpected close tag')
})

test('markdown: names are text, and SQL cannot leave its fence', async () => {
  const text = checkForms.markdown(await reportOf('drop table "```a```"; -- @everybody'))
  expect(text).toContain('| 7 a\\_\\*b\\* | unsafe | contract | 1 |')
  expect(text).toContain('````sql\ndrop table "```a```"\n````')
})

describe('a recipe', () => {
  const index = 'create index shop_item_note on shop_item (note);'
  const operation = 'AddIndexConcurrently("item", models.Index(fields=["note"], name="shop_item_note"))'
  const sql = 'create index CONCURRENTLY shop_item_note on shop_item (note)'
  const inDjango = () => reportOf(index, [], { framework: 'django', version: [5, 2] })

  test.each(checkFormNames)('%s: is told as SQL, and in the code of the framework', async (name) => {
    const text = checkForms[name](await inDjango())
      .replaceAll('&quot;', '"')
      .replaceAll('\\"', '"')
    expect(text).toContain('CONCURRENTLY shop_item_note on shop_item (note)')
    expect(text).toContain('AddIndexConcurrently("')
  })

  test('that stands under two findings of a statement is printed once where people read it', async () => {
    const statement = (table: string) =>
      `alter table ${table} add column id uuid default gen_random_uuid() unique;`
    const twice = await reportOf(statement('t') + statement('u'))
    const recipes = twice.migrations[0]?.findings.map(({ recipe }) => JSON.stringify(recipe)) ?? []
    expect([recipes.length, new Set(recipes).size]).toEqual([4, 2])
    for (const name of ['terminal', 'markdown'] as const)
      expect(checkForms[name](twice).split('Instead: the same steps.')).toHaveLength(3)
    expect(checkForms.junit(twice)).not.toContain('the same steps')
  })

  test('names the release of each step, and the language of its code', async () => {
    const report = await inDjango()
    const [step] = report.migrations[0]?.findings[0]?.recipe?.steps ?? []
    expect(step).toMatchObject({
      release: 'this release',
      noTransaction: true,
      repeatsWhile: null,
      sql: [sql],
    })
    expect(step?.code).toMatchObject({ language: 'python', framework: 'django' })
    expect(checkForms.markdown(report)).toContain('```python\nfrom django.contrib.postgres.operations import')
    expect(checkForms.terminal(report)).toContain('(this release, outside a transaction)\n')
    expect(checkForms.terminal(report)).toMatch(/ {9}create index.*\n {7}Django:\n {9}from django/)
  })

  test('takes the app of a migration of Django off the names of tables', async () => {
    const pending = [pendingSql(index, { id: 'shop.0002_note' })]
    const judgement = await judge(pending)
    const rest = {
      app: null,
      prefix: '',
      notKnown: [],
      problems: [],
      accounts: [],
      redactor: createRedactor(),
    }
    const made = buildCheckReport({ ...rest, tool: { framework: 'django' }, pending, judgement })
    expect(made.migrations[0]?.findings[0]?.recipe?.steps[0]?.code?.text).toContain(operation)
  })

  test('is SQL alone for a tool that has no code of its own, and where a secret is in it', async () => {
    expect(checkForms.json(await reportOf(index, [], { framework: 'dbmate' }))).toContain('"code": null')
    const redactor = createRedactor()
    redactor.add('shop_item_note')
    const redacted = redactReport(await inDjango(), redactor)
    expect(redacted.migrations[0]?.findings[0]?.recipe?.steps[0]?.code).toBeNull()
  })
})

test('every form can speak of nothing, and of very much', async () => {
  for (const name of checkFormNames) expect(checkForms[name](await reportOf(''))).not.toBe('')
  const much = await reportOf('drop table t;\n'.repeat(6000))
  expect(much.omittedFindings).toBe(1000)
  for (const name of checkFormNames.filter((form) => form !== 'json'))
    expect(checkForms[name](much)).toContain('1000 further findings not listed.')
})

test('findings that refuse something are listed before those that do not', async () => {
  const accepted = [allowance('drop-table', { table: 't' })]
  const much = await reportOf(`${'drop table t;\n'.repeat(6000)}drop table u;`, accepted)
  expect(much.migrations[0]?.findings.at(-1)?.table).toBe('u')
  expect(much.migrations[0]?.omittedFindings).toBe(1001)
})

test('what refuses the migrations as a whole fails in every form', async () => {
  const text = `The version 7 is used by several files: ${file} and x.sql.`
  const refused = await reportOf('select 1', [], null, createRedactor(), [text])
  expect(checkForms.github(refused)).toContain(
    `::error title=unknown migrations::${text.replace('%', '%25')}`,
  )
  expect(checkForms.junit(refused)).toContain('tests="2" failures="1"')
  expect(checkForms.junit(refused)).toContain(`<failure type="unknown" message="${text}">`)
  expect(xmlFault(checkForms.junit(refused))).toBeNull()
  expect(JSON.parse(checkForms.sarif(refused))).toMatchObject({
    runs: [{ results: [{ ruleId: 'not-judged', level: 'error', message: { text } }] }],
  })
  const schema = JSON.parse(await readFile('test/fixtures/sarif-2.1.0.schema.json', 'utf8')) as object
  expect(schemaFault(schema, checkForms.sarif(refused))).toBeNull()
})

test('the caret stands under its letter, whatever stands before it', async () => {
  const caretOf = async (sql: string): Promise<string[]> =>
    checkForms
      .terminal(await reportOf(sql))
      .split('\n')
      .filter((line) => /^ +\d* \| /.test(line))
      .slice(0, 2)
      .map((line) => line.slice(line.indexOf('| ') + 2))
  expect(await caretOf('/*漢字*/ drop table a;')).toEqual(['/*漢字*/ drop table a;', '         ^^^^^^^^^^^^'])
  expect(await caretOf('/*e\u0301*/\tdrop table "é";\r\n')).toEqual([
    '/*e\u0301*/\tdrop table "é";',
    '     \t^^^^^^^^^^^^^^',
  ])
  expect(await caretOf('/*😀\u001b[0m*/ drop table a;')).toEqual([
    '/*😀\ufffd[0m*/ drop table a;',
    '           ^^^^^^^^^^^^',
  ])
})

describe('a secret in a migration is in no form', () => {
  const secret = 'hunter_*2"&<r>`'
  test.each([
    ['a password', `create role r password '${secret}'; drop table t;`],
    ['a password behind an equals sign', `delete from t where password = '${secret}';`],
    ['a password over two lines of an excerpt', `update t set a = f(password =>\n'${secret}');`],
    ['a connection string', `create subscription s connection 'host=db password=hunter2' publication p;`],
    ['an address', `alter table t add check (u <> 'postgres://u:hunter*_2@db.example/x');`],
    ['an acceptance', 'drop table t;'],
  ])('%s', async (_, sql) => {
    const accepted = allowance('drop-table', { reason: `agreed, with password = '${secret}'` })
    const clean = redactReport(await reportOf(sql, [accepted]), createRedactor())
    expect(clean.migrations.flatMap(({ findings }) => findings)).not.toEqual([])
    for (const name of checkFormNames) expect(checkForms[name](clean), name).not.toContain('hunter')
    expect(checkForms.json(clean)).toContain('[redacted]')
  })
})

describe('a secret that is known does not show in part where a text is cut', () => {
  const secret = 'Zq3vWm8RtYp1'
  const redactor = createRedactor()
  redactor.add(secret)
  const told = (length: number) => `${'é'.repeat(length)}${secret}`
  test.each([
    ['at the end of a line', (length: number) => `drop table a; -- ${told(length)} and more`, 80, 104],
    [
      'before the statement',
      (length: number) => `select '${secret}${'é'.repeat(length)}'; drop table a; -- ${'-'.repeat(120)}`,
      20,
      45,
    ],
    ['in a following line', (length: number) => `drop table a, /*\n${told(length)} and more */ b`, 105, 121],
    ['in a long text', (length: number) => `drop table a /*${' '.repeat(1900)}${told(length)} */`, 60, 90],
  ])('%s', async (_, sqlOf, shortest, longest) => {
    for (let length = shortest; length < longest; length++) {
      const report = redactReport(await reportOf(sqlOf(length), [], null, redactor), redactor)
      expect(report.migrations[0]?.findings).not.toEqual([])
      const text = checkForms.json(report)
      for (let at = 0; at + 3 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 3))
    }
  })
})

test('a document is printed as it was made: taking a secret out of it would take its quotes along', async () => {
  const sql = `drop table "authorization: q\\";\ncomment on table t is 'authorization: abc"def\\';\ndrop table "password 'x<>";`
  const report = redactReport(await reportOf(sql), createRedactor())
  let printed = ''
  const sink = { write: (text: string) => (printed += text) }
  const output = createOutput({ redactor: createRedactor(), progress: sink, result: sink })
  const print = (say: () => void): string => {
    printed = ''
    say()
    return printed
  }
  expect(JSON.parse(print(() => output.result(report)))).toEqual(report)
  for (const form of ['json', 'sarif'] as const)
    expect(print(() => output.document(checkForms[form](report)))).toBe(`${checkForms[form](report)}\n`)
  expect(xmlFault(print(() => output.document(checkForms.junit(report))))).toBeNull()
})

test('every form tells what was counted on the target', async () => {
  const counted = await reportOf('alter table items alter note set not null')
  for (const name of checkFormNames) {
    const text = checkForms[name](counted)
    expect(text).toMatch(name === 'json' ? /"rows": 1000/ : /values of \\?\(code\\?\): 1000 or more/)
    expect(text).toContain('was not answered in time (5 s)')
  }
})
