import { expect, test } from 'vitest'
import { parseProcfile } from './procfile.ts'

test('process types in order; comments, blank lines and spaces are passed over', () => {
  const text =
    '# comment\r\nweb:   node server.js --a b:c  \r\n\nrelease: npm run migrate && echo done\nbad line\nempty:\n'
  expect(parseProcfile(text)).toEqual({
    web: 'node server.js --a b:c',
    release: 'npm run migrate && echo done',
  })
})
