import { describe, expect, it } from 'vitest'
import { statementBatches, statementEnd } from './statements.ts'

function split(sql: string): string[] {
  const found: string[] = []
  let from = 0
  for (let end = statementEnd(sql, from); end !== undefined; end = statementEnd(sql, from)) {
    found.push(sql.slice(from, end).trim())
    from = end
  }
  return found
}

describe('statementEnd', () => {
  it.each([
    ['plain', ['select 1;', 'select 2;']],
    ['strings', ["insert into t values (';', 'it''s; fine', '\\');", 'select 2;']],
    ['escape strings', ["select E'a\\';b' || e'\\\\';", 'select 2;']],
    ['quoted names', ['select ";" from "a""b;";', 'select 2;']],
    ['dollar quotes', ['do $$ begin null; end $$;', 'do $a$ x; $$ y; $b$ $a$;', 'select 2;']],
    ['comments', ['-- a; b\nselect 1;', '/* a; /* b; */ c; */ select 2;']],
    ['parentheses', ['create rule r as on insert to t do (select 1; select 2);', 'select 2;']],
    [
      'function bodies',
      [
        'CREATE FUNCTION public.f() RETURNS integer\n BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 ELSE 2 END; SELECT 3;\nEND;',
        'select 2;',
      ],
    ],
    ['begin outside a function', ['begin;', 'select case when true then 1 end;', 'commit;']],
    ['words with dollars', ['select a$b$c, 1;', 'select $1;', 'select 2;']],
  ])('finds the end with %s', (_name, statements) => {
    expect(split(statements.join('\n'))).toEqual(statements)
  })

  it.each(["select 'open;", 'select "open;', 'do $x$ a; $y$;', '/* a;', "select E'\\'", 'select (1;'])(
    'finds no end in %s',
    (sql) => {
      expect(statementEnd(sql, 0)).toBeUndefined()
    },
  )
})

describe('statementBatches', () => {
  async function* chunksOf(text: string, length: number): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length)
  }

  it.each([1, 2, 3, 7, 50, 10_000])(
    'gives the same text in whole statements from chunks of %i',
    async (length) => {
      const sql =
        Array.from({ length: 40 }, (_, n) => `insert into t values (${n}, ';''--');`).join('\n') +
        '\n-- end\n'
      const batches: string[] = []
      for await (const batch of statementBatches(chunksOf(sql, length), 100)) batches.push(batch)
      expect(batches.join('')).toBe(sql)
      expect(batches.length).toBeGreaterThan(5)
      for (const batch of batches.slice(0, -1)) expect(batch.endsWith(';')).toBe(true)
    },
  )

  it('reads a statement that is much longer than a chunk in reasonable time', async () => {
    const sql = `select '${'x'.repeat(5_000_000)}';`
    const batches: string[] = []
    for await (const batch of statementBatches(chunksOf(sql, 1000), 100)) batches.push(batch)
    expect(batches).toEqual([sql])
  })
})
