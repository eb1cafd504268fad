import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { notKnownWithoutDatabase } from './not-known.ts'
import { judge } from './verdict.ts'

test.each([
  ['alter table items add constraint k check (price > 0) not valid', true],
  ['alter table items enable row level security; create policy p on items using (id = 1)', false],
])('whether rows fit is asked only where they have to: %s', async (sql, asks) => {
  const sentences = notKnownWithoutDatabase(await judge([pendingSql(sql, { transaction: true })]))
  expect(sentences.some((sentence) => sentence.includes('whether its rows fit'))).toBe(asks)
})
