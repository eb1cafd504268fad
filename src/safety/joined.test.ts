import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'

const make = pendingSql('ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID', { id: '1' })
const validate = pendingSql('ALTER TABLE t VALIDATE CONSTRAINT c', { id: '2' })

test('a migration that goes on in the transaction of the one before works under its locks', async () => {
  const apart = await judge([make, validate])
  expect(apart.migrations.map(({ verdict }) => verdict)).toEqual(['safe', 'safe'])
  const together = await judge([make, { ...validate, joins: true }])
  expect(together.migrations.map(({ verdict }) => verdict)).toEqual(['safe', 'unsafe'])
})
