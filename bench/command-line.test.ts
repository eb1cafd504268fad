import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { projectDirectory } from '../tasks/demo/project.ts'

test.each([
  ['accuracy', ['--fast'], "Unknown option '--fast'"],
  ['accuracy', ['nowhere.jsonl'], 'The cases nowhere.jsonl cannot be read: there is no such file or folder'],
  ['accuracy', ['package.json'], 'Line 1 of package.json is no case.'],
  ['accuracy', ['--postgres', '9'], 'Postgres 9 is not among 13, 14,'],
  ['fuzz/run', ['--fast'], "Unknown option '--fast'."],
  ['fuzz/run', ['--seed', 'x'], '--seed takes a number, and x is none.'],
  ['fuzz/run', ['here'], 'here is not asked for: inputs are made up.'],
  ['observe', [], 'No file of cases is named.'],
  ['observe', ['one.jsonl', 'two.jsonl'], 'One file at a time'],
])('%s with %j is wrong usage', async (tool, words, message) => {
  const run = await execa(process.execPath, [join('dist', 'bench', `${tool}.js`), ...words], {
    cwd: projectDirectory,
    reject: false,
  })
  expect(run.exitCode).toBe(2)
  expect(run.stderr).toContain(` !     ${message}`)
  expect(run.stderr).toContain(`Usage: npm run ${tool.replace('/run', '')}`)
  expect(run.stderr).not.toMatch(/\n\s+at /)
})
