import { expect, test } from 'vitest'
import type { StoryResult } from './play.ts'
import { formatEnding, formatTable } from './print.ts'

const good: StoryResult = {
  name: 'good release',
  exitCode: 0,
  expectedExitCode: 0,
  requests: { sent: 312, failed: 0, maintenance: 0 },
  writes: { acknowledged: 104, lost: 0 },
  seconds: 12.34,
  release: 'v7',
  schemaRestored: null,
  problems: [],
}
const bad: StoryResult = {
  ...good,
  name: 'bad',
  exitCode: 1,
  expectedExitCode: 4,
  requests: { sent: 9, failed: 2, maintenance: 3 },
  writes: { acknowledged: 1, lost: 1 },
  schemaRestored: false,
  problems: ['The exit code is 1 instead of 4.'],
}

test('the table has a line per story, in columns', () => {
  const lines = formatTable([good, bad]).split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toMatch(
    /^deploy +exit \(expected\) +requests +failed +maintenance +writes +lost +schema restored/,
  )
  expect(lines[2]).toMatch(/^good release +0 \(0\) +312 +0 +0 +104 +0 +- +v7 +12\.3 s$/)
  expect(lines[3]).toMatch(/^bad +1 \(4\) +9 +2 +3 +1 +1 +NO +v7 +12\.3 s$/)
})

test('the ending of a story says what was not as expected', () => {
  expect(formatEnding(good)).toBe('exit 0; 312 requests, 0 failed; 104 writes acknowledged, 0 lost; 12.3 s')
  expect(formatEnding(bad)).toContain('3 saw the maintenance page')
  expect(formatEnding(bad)).toContain('NOT AS EXPECTED: The exit code is 1 instead of 4.')
})
