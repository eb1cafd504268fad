import { beforeAll, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { loadParser, parseMigration } from './parse.ts'
import { clauseAt, inventName } from './sql-text.ts'

const clauses = [
  'a int',
  'a numeric(10, 2) not null default (1 + 2) * 3 check (a > 0 and a <> 5)',
  'a int[] default array[1, 2]',
  "a text default 'x, y)'",
  'a int default 1 -- one, two)\n check (a > 0)',
]

beforeAll(() => loadParser())

test.each(clauses)('%j ends where its statement goes on', (clause) => {
  // With a name of more than letters the scanner reads the statement; without one, it may be too plain to need it.
  for (const table of ['items', '"Items"', '"It, ems"', '"It""ems"']) {
    const sql = `alter table ${table} add column ${clause}, add column "b" int`
    for (const text of [sql, sql.replace('"b"', 'b')]) {
      const { statements } = parseMigration(pendingSql(text))
      const [statement] = statements
      expect(statement && clauseAt(statement, text.indexOf(clause))).toBe(clause)
    }
  }
})

test('a clause ends at a word that begins another one, outside of brackets', () => {
  for (const text of [
    'alter table t add a int default f(check_1) check (a > 0)',
    'alter table "t" add a int default f(check_1) check (a > 0)',
    'alter table "check ""(" add a int default f(check_1) check (a > 0)',
  ]) {
    const { statements } = parseMigration(pendingSql(text))
    const [statement] = statements
    expect(statement && clauseAt(statement, text.indexOf('f('), ['check'])).toBe('f(check_1)')
  }
})

test('a name that is made up is as long as Postgres keeps it: 63 bytes of whole letters', () => {
  expect(inventName('a'.repeat(80), 'key')).toBe('a'.repeat(63))
  expect(inventName('ж'.repeat(30), 'é')).toBe(`"${'ж'.repeat(30)}_é"`)
  expect(inventName('ж'.repeat(40), 'key')).toBe(`"${'ж'.repeat(31)}"`)
})
