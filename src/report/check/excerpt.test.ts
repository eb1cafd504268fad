import { expect, test } from 'vitest'
import { pendingSql } from '../../../test/support/pending-sql.ts'
import { plainReport } from '../../../test/support/plain-report.ts'
import { checkForms } from './forms.ts'

async function linesOf(sql: string): Promise<string[]> {
  const pending = [pendingSql(sql, { file: 'a.sql' })]
  const report = await plainReport(pending)
  return checkForms.terminal(report).split('\n').slice(1)
}

test('of a statement with many parts the one is shown that is meant', async () => {
  const parts = [
    'add é int,',
    '/* a, b */ add b numeric(1, 2),',
    'add c int,',
    'add d int, drop column "x,y",',
  ]
  const sql = `select 1;\n alter table a."b,c" * -- here\n  ${parts.join('\n  ')}\n  add e int;`
  expect((await linesOf(sql)).slice(0, 4)).toEqual([
    '  a.sql:6:14 unsafe drop-column',
    '    6 |   add d int, drop column "x,y",',
    '      |              ^^^^^^^^^^^^^^^^^',
    '  Queries of the running release that name a."b,c"."x,y" fail, and its values are lost.',
  ])
})

test('in a block of code the whole block is meant', async () => {
  const lines = await linesOf('do $$ begin\n alter table t add a int, drop column b; end $$')
  expect(lines[0]).toBe('  a.sql:1:1 unsafe drop-column')
})

test('at the end of a line of Windows the caret stands behind its last letter', async () => {
  expect((await linesOf('alter table t alter column n type \r')).slice(1, 3)).toEqual([
    '    1 | alter table t alter column n type',
    `      | ${' '.repeat(34)}^`,
  ])
})
