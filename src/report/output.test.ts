import { expect, test } from 'vitest'
import { createOutput } from './output.ts'
import { createRedactor } from './redaction.ts'

/** What is written of a text that holds an order, with and without GitHub's runner. */
function written(inWorkflow: boolean, text: string): string {
  let seen = ''
  const sink = { write: (chunk: string) => (seen += chunk) }
  const output = createOutput({ redactor: createRedactor(), progress: sink, result: sink, inWorkflow })
  output.line(text)
  return seen
}

test.each(['There is no table "x\n::error::mine".', 'There is no table "##[group]".'])(
  'in a log of GitHub Actions %j gives no order',
  (text) => {
    const plain = written(false, text)
    const [first = '', ...rest] = written(true, text).split('\n')
    const token = /^::stop-commands::(\S{36})$/.exec(first)?.[1]
    expect(rest.join('\n')).toBe(`${plain}::${String(token)}::\n`)
    expect(plain).not.toContain('stop-commands')
  },
)

test('of another program no key is passed on line by line', () => {
  let seen = ''
  const sink = { write: (chunk: string) => (seen += chunk) }
  const output = createOutput({ redactor: createRedactor(), progress: sink, result: sink })
  for (const line of [
    'a',
    '-----BEGIN PRIVATE KEY-----',
    'hidden',
    'hidden',
    '-----END PRIVATE KEY-----',
    'b',
  ])
    output.foreign(`${line}\n`)
  const key = '-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----'
  expect(seen).toBe(`       a\n       ${key}\n       b\n`)
})

test('what holds no order stays alone', () => {
  expect(written(true, 'select 1::text')).toBe('       select 1::text\n')
})
