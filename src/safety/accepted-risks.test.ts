import { describe, expect, test } from 'vitest'
import type { PendingMigration } from '../migrations/types.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { acceptRisks, type AcceptedRisks } from './accepted-risks.ts'
import { commentAllowances, configuredAllowances, configuredProblems } from './allowances.ts'
import { commitAllowances } from './commit-message.ts'
import { judge } from './verdict.ts'

const today = '2026-03-01'

async function withComments(
  text: string,
  change: Partial<PendingMigration> = {},
): Promise<AcceptedRisks & { readonly problems: readonly string[] }> {
  const migration = pendingSql(text, change)
  const judgement = await judge([migration])
  const [judged] = judgement.migrations
  if (judged === undefined) throw new Error('There is no judgement.')
  const { allowances, problems } = commentAllowances(migration, judged, text)
  return { ...acceptRisks(judgement, allowances, today), problems }
}

/** The lines of the findings that are accepted. */
const acceptedLines = ({ judgement }: AcceptedRisks): (number | undefined)[] =>
  judgement.migrations.flatMap(({ findings }) =>
    findings.filter(({ accepted }) => accepted !== undefined).map(({ location }) => location?.line),
  )

describe('a comment in the migration', () => {
  test('accepts its rule for the statement that follows, with its reason', async () => {
    const result = await withComments(
      '-- lockkeeper: allow drop-table because nobody reads it since v12\ndrop table a;\ndrop table b;',
    )
    expect(acceptedLines(result)).toEqual([2])
    expect(result.judgement.verdict).toBe('unsafe')
    expect(result.judgement.migrations[0]?.findings[0]?.accepted).toEqual({
      reason: 'nobody reads it since v12',
      source: 'db/migrations/20240101000000_example.sql:1',
    })
  })

  test('accepts it for each part of the statement', async () => {
    const text = '-- lockkeeper: allow drop-column because old\nalter table a\n add b int,\n drop column c;'
    expect((await withComments(text)).judgement.verdict).toBe('safe')
  })

  test('at the top, parted by an empty line, accepts it for all statements', async () => {
    const result = await withComments(
      '/* lockkeeper: allow drop-table because old */\n\ndrop table a;\ndrop table b;',
    )
    expect(acceptedLines(result)).toEqual([3, 4])
    expect(result.judgement.verdict).toBe('safe')
    // Nobody makes the change harmless by accepting it.
    expect(result.judgement.migrations[0]?.phase).toBe('contract')
  })

  test('above the SQL of the framework accepts it for all statements', async () => {
    const text = '-- lockkeeper: allow drop-table because old\n-- migrate:up\ndrop table a;\ndrop table b;'
    const migration = pendingSql(text.split('\n').slice(1).join('\n'), { sqlLine: 2 })
    const judgement = await judge([migration])
    const [judged] = judgement.migrations
    if (judged === undefined) throw new Error('There is no judgement.')
    const { allowances } = commentAllowances(migration, judged, text)
    expect(acceptRisks(judgement, allowances, today).judgement.verdict).toBe('safe')
  })

  test('behind a statement accepts it for that one', async () => {
    const result = await withComments(
      'drop table a;\ndrop table b; -- lockkeeper: allow drop-table because old\ndrop table c;',
    )
    expect(acceptedLines(result)).toEqual([2])
  })

  test('between statements speaks of the next one, empty line or not', async () => {
    const result = await withComments(
      'drop table a;\n-- lockkeeper: allow drop-table because old\n\ndrop table b;\ndrop table c;',
    )
    expect(acceptedLines(result)).toEqual([4])
  })

  test('names several rules', async () => {
    const result = await withComments(
      '-- lockkeeper: allow drop-table, lose-rows because old\n\ndrop table a; delete from b where id = 1;',
    )
    expect(result.judgement.verdict).toBe('safe')
    expect(result.accounts.map(({ state }) => state)).toEqual(['used', 'used'])
  })

  test.each([
    '# lockkeeper: allow not-judged because rehearsed',
    '// lockkeeper: allow not-judged because x',
  ])('of an opaque file: %s', async (comment) => {
    const migration = { ...pendingSql(''), sql: null }
    const judgement = await judge([migration])
    const [judged] = judgement.migrations
    if (judged === undefined) throw new Error('There is no judgement.')
    const { allowances } = commentAllowances(migration, judged, `import x\n\n${comment}\n`)
    expect(acceptRisks(judgement, allowances, today).judgement.verdict).toBe('safe')
  })

  test('of another rule, or behind the last statement, is unused', async () => {
    for (const text of [
      '-- lockkeeper: allow drop-column because x\ndrop table a;',
      'drop table a;\n-- lockkeeper: allow drop-table because x\n',
    ]) {
      const { accounts, judgement } = await withComments(text)
      expect(accounts.map(({ state }) => state)).toEqual(['unused'])
      expect(judgement.verdict).toBe('unsafe')
    }
  })

  /** The SQL of the findings that are accepted. */
  const acceptedSql = ({ judgement }: AcceptedRisks): (string | null)[] =>
    judgement.migrations.flatMap(({ findings }) =>
      findings.filter(({ accepted }) => accepted !== undefined).map(({ sql }) => sql),
    )

  test.each([
    ['drop table a; /* lockkeeper: allow drop-table because old */ drop table b;', ['drop table a']],
    ['/* lockkeeper: allow drop-table because old */ drop table a; drop table b;', ['drop table a']],
    ['drop table a; drop table b; -- lockkeeper: allow drop-table because old', ['drop table b']],
    [
      'drop table a;\n/* why\n   lockkeeper: allow drop-table because old\n*/ drop table b;',
      ['drop table b'],
    ],
    [
      'drop table a;\ndrop table\n-- lockkeeper: allow drop-table because old\nb;',
      ['drop table\n-- lockkeeper: allow drop-table because old\nb'],
    ],
    [
      "insert into t values ('é'); drop table a; -- lockkeeper: allow drop-table because old",
      ['drop table a'],
    ],
  ])('speaks of one statement, wherever that stands: %j', async (text, accepted) => {
    const result = await withComments(text)
    expect(acceptedSql(result)).toEqual(accepted)
    expect(result.accounts.map(({ allowance }) => allowance.reason)).toEqual(['old'])
  })

  test.each([
    "insert into docs values ('x:\n-- lockkeeper: allow drop-table because nobody\n'); drop table a;",
    "drop table a; select '-- lockkeeper: allow drop-table because nobody';",
    'create function f() returns int language sql as $$ select 1 -- lockkeeper: allow drop-table because no\n$$; drop table a;',
  ])('is no text in a string: %j', async (text) => {
    const result = await withComments(text)
    expect(result.accounts).toEqual([])
    expect(result.judgement.verdict).toBe('unsafe')
  })

  test('accepts a rule by its name, and never all of them', async () => {
    const result = await withComments('-- lockkeeper: allow * because old\n\ndrop table a;')
    expect(result.judgement.verdict).toBe('unsafe')
    expect(result.problems).toEqual([expect.stringContaining('there is no rule *')])
    const entry = { rule: '*', reason: 'old', until: '2030-01-01' }
    const { judgement } = acceptRisks(
      await judge([pendingSql('drop table a')]),
      configuredAllowances([entry]),
      today,
    )
    expect(judgement.verdict).toBe('unsafe')
  })

  test('without a reason, or with a rule that does not exist, accepts nothing and is named', async () => {
    const silent = await withComments('-- lockkeeper: allow drop-table\ndrop table a;')
    expect(silent.judgement.verdict).toBe('unsafe')
    expect(silent.problems).toEqual([expect.stringContaining(':1: this comment accepts nothing')])
    const misspelled = await withComments('-- lockkeeper: allow drop-tabel because old\ndrop table a;')
    expect(misspelled.problems).toEqual([expect.stringContaining('Did you mean drop-table?')])
  })
})

describe('an entry of the configuration', () => {
  test('that names no rule is told, with the one that was meant', () => {
    const entry = { reason: 'x', until: '2030-01-01' }
    expect(
      configuredProblems([
        { ...entry, rule: 'drop-tabel' },
        { ...entry, rule: 'data-violates' },
      ]),
    ).toEqual(['lockkeeper.yml: there is no rule drop-tabel. Did you mean drop-table?'])
  })

  const entry = { rule: 'drop-table', reason: 'agreed in March', until: '2026-03-01' }
  const accept = async (
    change: Partial<typeof entry> & { migration?: string; table?: string },
    day = today,
  ) =>
    acceptRisks(
      await judge([pendingSql('drop table shop.items', { id: '7', name: 'drop_items' })]),
      configuredAllowances([{ ...entry, ...change }]),
      day,
    )

  test('counts through its last day, and not on the next', async () => {
    expect((await accept({})).judgement.verdict).toBe('safe')
    const late = await accept({}, '2026-03-02')
    expect(late.judgement.verdict).toBe('unsafe')
    expect(late.accounts[0]?.state).toBe('expired')
  })

  test.each([
    [{ migration: '7' }, 'used'],
    [{ migration: 'drop_items' }, 'used'],
    [{ migration: 'db/migrations/20240101000000_example.sql' }, 'used'],
    [{ migration: '20240101000000_example.sql', table: 'shop.items' }, 'used'],
    [{ migration: '8' }, 'unused'],
    [{ table: 'items' }, 'unused'],
    [{ table: '"shop".items' }, 'used'],
  ])('is for %j: %s', async (change, state) => {
    expect((await accept(change)).accounts[0]?.state).toBe(state)
  })
})

describe('a commit message', () => {
  test('accepts everything when it says so', async () => {
    const judgement = await judge([pendingSql('drop table a; do $$ begin end $$')])
    const allowances = commitAllowances('Drop a [allow-unsafe-migrations]\n\nAgreed.', 'commit 1a2b3c4')
    const { judgement: left, accounts } = acceptRisks(judgement, allowances, today)
    expect(left.verdict).toBe('safe')
    expect(left.migrations[0]?.findings[0]?.accepted).toEqual({
      reason: '[allow-unsafe-migrations] Drop a',
      source: 'commit 1a2b3c4',
    })
    expect(accounts[0]?.state).toBe('used')
  })

  test.each([
    'Drop a',
    'Drop a\n# [allow-unsafe-migrations] is what a comment says',
    'Drop a\n# ------------------------ >8 ------------------------\n+[allow-unsafe-migrations]',
    'Revert "[allow-unsafe-migrations] Drop a"\n\nThis reverts commit 1.',
    'Reapply "Drop a [allow-unsafe-migrations]"',
  ])('accepts nothing otherwise: %j', (message) => {
    expect(commitAllowances(message, 'commit 1')).toEqual([])
  })

  test('has the comments that git is told to leave out', () => {
    const message =
      'Drop a\n;[allow-unsafe-migrations]\n; ------------------------ >8 ------------------------\n'
    expect(commitAllowances(message, 'commit 1', [';'])).toEqual([])
    expect(commitAllowances('#1 [allow-unsafe-migrations]', 'commit 1', [';'])).toHaveLength(1)
    expect(commitAllowances('Revert "x" [allow-unsafe-migrations]', 'commit 1')).toHaveLength(1)
  })

  test('does not speak of the files that it is said not to', async () => {
    const judgement = await judge([
      pendingSql('drop table a', { file: 'a.sql' }),
      pendingSql('drop table b', { id: '2', file: 'b.sql' }),
    ])
    const [allowance] = commitAllowances('[allow-unsafe-migrations]', 'commit 1')
    if (allowance === undefined) throw new Error('It accepts nothing.')
    const { judgement: left } = acceptRisks(judgement, [{ ...allowance, except: new Set(['b.sql']) }], today)
    expect(left.migrations.map(({ verdict }) => verdict)).toEqual(['safe', 'unsafe'])
  })
})
